import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Plan } from '../../schemas/run.ts';

/** What the steps of a rotation hand each other beside what they found; apart from them, so that a bundle has one step only. */

/** One secret as a run is to treat it. */
export const PlannedSecret = z.object({
  name: z.string(),
  arn: z.string(),
  /** Of its rotation; says which function keeps it. */
  kind: z.string(),
  /**
   * `rotate`; `finish`: redeploy and prove what is current already; `undo`: make the previous value current again; `leave`: it cannot
   * be rotated, and the others must not wait for that.
   */
  does: z.enum(['rotate', 'finish', 'undo', 'leave']),
  /** Why it is left. */
  why: z.nullable(z.string()),
  /** Secrets of one wave are rotated at the same time. */
  wave: z.number(),
  /** Versions as they were when the plan was made. */
  current: z.nullable(z.string()),
  previous: z.nullable(z.string()),
  /** Version that the rotation makes. */
  token: z.nullable(z.string()),
  /** A pending version that an earlier attempt has left. */
  leftBehind: z.nullable(z.string()),
  /** When what is current became so (ISO 8601); null where it is not known. */
  currentSince: z.nullable(z.string()),
  consumers: z.array(z.string()),
  redeploys: z.boolean(),
  /** Version whose value is taken away at the end; null: none by this run. */
  retires: z.nullable(z.string()),
  overlapSeconds: z.number(),
  rotateEveryDays: z.nullable(z.number()),
  /** Asked of its consumers, where its keeper does not ask it itself. */
  adoption: z.nullable(z.object({ path: z.string(), statuses: z.array(z.number()) })),
});
export type PlannedSecret = z.infer<typeof PlannedSecret>;

/** `plan.observed` of a rotation. */
export const RotationPlan = z.object({
  /** What groups of states are entered for. */
  rotates: z.boolean(),
  redeploys: z.boolean(),
  proves: z.boolean(),
  retires: z.boolean(),
  undoes: z.boolean(),
  /** Old values are worth nothing any more: there is no overlap, and no way back. */
  compromised: z.boolean(),
  secrets: z.array(PlannedSecret),
  /** Services that are deployed anew. */
  services: z.array(z.object({ name: z.string(), cluster: z.string(), service: z.string() })),
});
export type RotationPlan = z.infer<typeof RotationPlan>;

/** What a plan of a rotation says to the steps that come after it. */
export const rotationOf = ({ observed }: Pick<Plan, 'observed'>): RotationPlan =>
  z.parse(RotationPlan, observed);

/** Names of action records by which steps learn what others have done. */
export const ActionName = {
  start: (wave: number) => `start-rotations-${wave}`,
  /** Taking back what this run has rotated. */
  putBack: 'put-back-values',
  /** Taking back what an earlier run has rotated. */
  returnValues: 'return-values',
  redeploy: 'redeploy-consumers',
  /** After values were put back. */
  redeployAgain: 'redeploy-consumers-again',
  /** After old values were taken out of the current one. */
  redeployRetired: 'redeploy-after-retirement',
  prove: 'prove-adoption',
  retire: 'retire-old-values',
} as const;

/** Rotations that a later state waits for. */
export const AwaitedRotations = z.object({
  secrets: z.array(
    z.object({
      name: z.string(),
      arn: z.string(),
      /** Version that is to become current, and the one that is until then. */
      token: z.string(),
      from: z.nullable(z.string()),
      /** When it was asked for (ISO 8601). */
      since: z.string(),
    }),
  ),
  /** Whether the run goes on without those that fail. */
  tolerant: z.boolean(),
});
export type AwaitedRotations = z.infer<typeof AwaitedRotations>;

/** Secrets whose earlier value is current again. */
export const PutBack = z.object({
  putBack: z.array(
    z.object({
      name: z.string(),
      /** Version that is current now, and the one that was taken back. */
      version: z.string(),
      bad: z.string(),
      /** Whether the bad one had been current: tasks that started meanwhile hold it. */
      wasCurrent: z.boolean(),
      done: z.string(),
    }),
  ),
  at: z.string(),
});
export type PutBack = z.infer<typeof PutBack>;

/** What the proof found, by secret. */
export const Adoption = z.object({
  /** Secret → when all of its checks passed (ISO 8601); null where they did not. */
  secrets: z.record(z.string(), z.nullable(z.string())),
});
export type Adoption = z.infer<typeof Adoption>;

/** What was retired. */
export const Retired = z.object({
  retired: z.array(
    z.object({
      name: z.string(),
      old: z.string(),
      /** Version that is current since. */
      version: z.string(),
      at: z.string(),
      done: z.string(),
    }),
  ),
  /** Why others were not. */
  kept: z.array(z.object({ name: z.string(), why: z.string() })),
});
export type Retired = z.infer<typeof Retired>;

/**
 * Client request token of a rotation: the same for the same run and secret, so that a step that is run again asks for the same rotation.
 * It becomes the id of the new version.
 */
export function rotationToken(run: string, secret: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([run, secret]))
    .digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** A version in words: the beginning of its id. */
export const shortVersion = (version: string | null): string => version?.slice(0, 8) ?? 'none';
