import { z } from 'zod';
import { READINESS_DEFAULTS, READINESS_QUESTIONS, type ReadinessPolicy } from '../../schemas/readiness.ts';

const hours = (seconds: number) => seconds / 3600;

/** When a service counts as ready to be rolled back, as a team writes it. */
export const ReadinessSchema = z.strictObject({
  /** Looked at every 15 minutes; an alarm pages while it could not be rolled back, or that is not known. */
  watched: z.boolean().default(true),
  /** The newest proved snapshot of its database may be so old. */
  snapshotHours: z.number().positive().default(hours(READINESS_DEFAULTS.snapshotMaxAgeSeconds)),
  /** A run may hold the service's lock for so long. */
  lockHours: z.number().positive().default(hours(READINESS_DEFAULTS.lockMaxAgeSeconds)),
  /** Questions whose answer may be unknown: say `image` where images lie in a registry that is not AWS's. */
  mayBeUnknown: z.array(z.enum(READINESS_QUESTIONS)).default([]),
});

/** When a service counts as ready, with everything resolved. */
export function readinessPolicy(given: z.output<typeof ReadinessSchema>): ReadinessPolicy {
  return {
    snapshotMaxAgeSeconds: Math.round(given.snapshotHours * 3600),
    lockMaxAgeSeconds: Math.round(given.lockHours * 3600),
    mayBeUnknown: given.mayBeUnknown,
  };
}
