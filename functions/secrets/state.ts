import * as z from 'zod/mini';
import { SecretTarget } from '../../schemas/secret.ts';

/** What the steps of a rotation hand each other; apart from them, so that a bundle has one step only. */

/** Staging label under which an operator leaves a value for a rotation to take. */
export const STAGED_LABEL = 'NIGHTSHIFT_STAGED';

/** A version of a secret, without its value. */
export const SecretVersion = z.object({
  id: z.string(),
  stages: z.array(z.string()),
  createdAt: z.string(),
});
export type SecretVersion = z.infer<typeof SecretVersion>;

/** One line of the rotation record (P-45). */
export const RotationRecord = z.object({
  secret: z.string(),
  run: z.string(),
  /** When the new version became current (ISO 8601). */
  rotatedAt: z.string(),
  /** Who or what started the run. */
  by: z.string(),
  reason: z.optional(z.string()),
  /** Version that was replaced, and by which. */
  replaced: z.string(),
  version: z.string(),
  /** When every consumer had been seen to use it; absent: not proved. */
  adoptedAt: z.optional(z.string()),
  /** From when on the old value is retired, and when it was. */
  retireAt: z.optional(z.string()),
  retiredAt: z.optional(z.string()),
  /** When it was taken back. */
  undoneAt: z.optional(z.string()),
  nextDueAt: z.optional(z.string()),
});
export type RotationRecord = z.infer<typeof RotationRecord>;

/** One secret as a plan finds it. */
export const SecretSituation = z.object({
  target: SecretTarget,
  versions: z.array(SecretVersion),
  /** Version ids; null where no version has the label. */
  current: z.nullable(z.string()),
  previous: z.nullable(z.string()),
  pending: z.nullable(z.string()),
  staged: z.nullable(z.string()),
  /** Secrets Manager's own settings. */
  rotationEnabled: z.boolean(),
  rotationFunction: z.nullable(z.string()),
  lastRotatedAt: z.nullable(z.string()),
  /** The pending version where it is not current: a rotation that goes on, or that came to nothing. */
  unfinished: z.nullable(
    z.object({
      version: z.string(),
      state: z.enum(['under-way', 'left-behind']),
      /** Why its last step failed, where that is known. */
      why: z.nullable(z.string()),
    }),
  ),
  record: z.nullable(RotationRecord),
  /** Whether what the previous version stands for was taken away, or was about to be. */
  retirement: z.enum(['none', 'begun', 'done']),
  inspection: z.object({
    facts: z.record(z.string(), z.unknown()),
    obstacles: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
  consumers: z.array(
    z.object({
      name: z.string(),
      cluster: z.string(),
      service: z.string(),
      taskDefinition: z.nullable(z.string()),
      /** Number of tasks that ECS wants. */
      desired: z.number(),
      /** References to the secret in the task definition that can never see a new value: pinned to a version id. */
      pinned: z.array(z.string()),
      /** Whether its task definition refers to the secret at all. */
      refers: z.boolean(),
      /** Whether its tasks are given the value when they start. */
      injected: z.boolean(),
      /** Who deploys it: ECS, or something else that alone may. */
      controller: z.string(),
      /** When the deployment that it runs began (ISO 8601), and whether it still goes on. */
      deployedAt: z.nullable(z.string()),
      rollingOut: z.boolean(),
    }),
  ),
});
export type SecretSituation = z.infer<typeof SecretSituation>;

/** `$.secrets` of a rotation: everything that is rotated by it, in the order in which that is done. */
export const SecretsSituation = z.object({ secrets: z.array(SecretSituation) });
export type SecretsSituation = z.infer<typeof SecretsSituation>;
