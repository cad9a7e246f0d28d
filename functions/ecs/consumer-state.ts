import * as z from 'zod/mini';

/** What the steps that stop, start and redeploy the consumers of a database or a secret hand each other; apart from them, so that a bundle has one step only. */

/** Services that a later state waits for; what `await-consumers` reads. An empty list is awaited already. */
export const AwaitedConsumers = z.object({
  /** Whether the run goes on without those that do not come to run as wanted: its verification tells of them. */
  tolerant: z.optional(z.boolean()),
  services: z.array(
    z.object({
      /** Name in the configuration. */
      name: z.string(),
      cluster: z.string(),
      service: z.string(),
      /** So many tasks are to run. */
      running: z.number(),
      /** ARN of what they are to run; null where that does not matter. */
      taskDefinition: z.nullable(z.string()),
      /** Deployment that must be completed, where it is not enough that tasks run: its tasks alone have what is new. */
      deployment: z.optional(
        z.object({
          id: z.string(),
          /** When it was asked for (ISO 8601). */
          since: z.string(),
        }),
      ),
    }),
  ),
});
export type AwaitedConsumers = z.infer<typeof AwaitedConsumers>;

/** Task definitions that consumers are to run, by the name of the service in the configuration; from `plan.observed.revisions`. */
export const Revisions = z.record(z.string(), z.string());
export type Revisions = z.infer<typeof Revisions>;

/** What the plan says of revisions; nothing is no revisions. */
export const revisionsOf = (plan: { readonly observed: Readonly<Record<string, unknown>> }): Revisions =>
  z.parse(z._default(Revisions, {}), plan.observed.revisions);
