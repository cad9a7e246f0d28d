import * as z from 'zod/mini';
import { Check } from '../../../schemas/run.ts';

/**
 * What Secrets Manager calls a rotation function with.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const RotationEvent = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string(),
  ClientRequestToken: z.string(),
});
export type RotationEvent = z.infer<typeof RotationEvent>;

/** What steps of runbooks ask a keeper for. The step has re-checked the run's lock; the keeper itself knows no locks. */
export const KeeperRequest = z.discriminatedUnion('operation', [
  z.object({ operation: z.literal('inspect'), secret: z.string() }),
  z.object({
    operation: z.literal('prove-adoption'),
    secret: z.string(),
    /** When consumers should have begun to use the current value (ISO 8601). */
    since: z.string(),
    /** Declared services that are meant to run; all consumers when not given. One that rests proves nothing and fails nothing. */
    consumers: z.optional(z.array(z.string())),
  }),
  z.object({
    operation: z.literal('put-back'),
    secret: z.string(),
    /** Version to return to, and the one that is taken back. */
    good: z.string(),
    bad: z.string(),
  }),
  z.object({
    operation: z.literal('retire'),
    secret: z.string(),
    /** Version that must be current, and the one whose value is retired. */
    current: z.string(),
    old: z.optional(z.string()),
    endSessions: z.boolean(),
  }),
]);
export type KeeperRequest = z.infer<typeof KeeperRequest>;

/** Answers, by operation; none holds a value. */
export const KeeperAnswer = {
  inspect: z.object({
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
    obstacles: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
  'prove-adoption': z.object({ checks: z.array(Check) }),
  /** `version`: the one that is current afterwards. */
  'put-back': z.object({ done: z.string(), version: z.string() }),
  retire: z.object({ done: z.string(), version: z.string() }),
} as const;
export type KeeperOperation = keyof typeof KeeperAnswer;
