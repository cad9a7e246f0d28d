import { keeper } from './keeper/keeper.ts';
import { signingKeys } from './signing-key/signing-keys.ts';

/** Rotates keys of JSON web tokens for Secrets Manager, and answers runbooks about them (P-41). */
export const handler = keeper(signingKeys);
