import * as z from 'zod/mini';
import { ParityPolicy } from '../parity.ts';
import { PackedRules } from './packed-rules.ts';

/** Variables by which a service logs in to its database: one with a URL, or one each for user name and password. */
export const LoginVariables = z.union([
  z.object({ url: z.string() }),
  z.object({ user: z.string(), password: z.string() }),
]);
export type LoginVariables = z.infer<typeof LoginVariables>;

/** What the releases of a service are held to, apart from its target because of the size. Stored in SSM, one parameter a service. */
export const PreflightEntry = z.object({
  /** Null where none were declared. */
  rules: z.nullable(PackedRules),
  /** Container whose environment the rules are for; the first essential one when not given. */
  container: z.optional(z.string()),
  /** Where they are not declared, they are found where there is no doubt. */
  login: z.optional(LoginVariables),
  /** ARN of every declared secret that the rules name. */
  secretArns: z.record(z.string(), z.string()),
  parity: ParityPolicy,
});
export type PreflightEntry = z.infer<typeof PreflightEntry>;
