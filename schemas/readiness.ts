import * as z from 'zod/mini';

/** What is asked about the way back of a service; one finding each. */
export const READINESS_QUESTIONS = [
  'service',
  'switch',
  'revision',
  'image',
  'secrets',
  'execution role',
  'permissions',
  'snapshot',
  'drill',
  'lock',
] as const;
export type ReadinessQuestion = (typeof READINESS_QUESTIONS)[number];

/** When a service counts as ready to be rolled back. Stored with its target. */
export const ReadinessPolicy = z.object({
  /** The newest proved snapshot of its database may be so old. */
  snapshotMaxAgeSeconds: z.number(),
  /** A run may hold the service's lock for so long. */
  lockMaxAgeSeconds: z.number(),
  /** Questions whose answer may be unknown, such as that for an image in a registry that is not AWS's. */
  mayBeUnknown: z.array(z.enum(READINESS_QUESTIONS)),
});
export type ReadinessPolicy = z.infer<typeof ReadinessPolicy>;

export const READINESS_DEFAULTS: ReadinessPolicy = {
  // A snapshot a day, and two hours for taking and proving it.
  snapshotMaxAgeSeconds: 26 * 3600,
  // Longer than a restore with an approval before it usually takes.
  lockMaxAgeSeconds: 6 * 3600,
  mayBeUnknown: [],
};
