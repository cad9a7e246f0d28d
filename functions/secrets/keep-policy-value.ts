import { keeper } from './keeper/keeper.ts';
import { policyValues } from './policy-value/policy-values.ts';

/** Rotates values that the team decides on for Secrets Manager, and answers runbooks about them (P-44). */
export const handler = keeper(policyValues);
