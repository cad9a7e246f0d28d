import { externalKeys } from './external-key/external-keys.ts';
import { keeper } from './keeper/keeper.ts';

/** Rotates keys that others issue for Secrets Manager, and answers runbooks about them (P-43). */
export const handler = keeper(externalKeys);
