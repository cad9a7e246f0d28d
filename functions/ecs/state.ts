import * as z from 'zod/mini';
import { Change } from '../../schemas/run.ts';

/** What the steps of this folder hand each other in the state of a run; apart from them, so that a bundle has one step only. */

/** What runs now; `$.service` in the state. */
export const InspectedService = z.object({
  serviceArn: z.string(),
  controller: z.string(),
  desiredCount: z.number(),
  runningCount: z.number(),
  taskDefinition: z.string(),
  /** When its deployment began (ISO 8601). */
  since: z.string(),
  rolloutState: z.string(),
  failedTasks: z.number(),
  /** The service deployment in progress, and the task definition that ECS would return to if it were stopped. */
  inProgress: z.nullable(
    z.object({ serviceDeployment: z.string(), status: z.string(), returnsTo: z.nullable(z.string()) }),
  ),
});
export type InspectedService = z.infer<typeof InspectedService>;

/** The revision to go back to; `$.lastGood` in the state. */
export const LastGood = z.object({
  /** Where the knowledge comes from. */
  basis: z.enum(['history', 'last-completed-deployment', 'none']),
  /** The running revision itself is the newest good one. */
  runningIsGood: z.boolean(),
  taskDefinition: z.nullable(z.string()),
  goodAt: z.nullable(z.string()),
  changes: z.array(Change),
  /** Migration revisions that the chosen release declares to support; null where it declares nothing. */
  supportedMigrations: z.nullable(z.array(z.string())),
  /** Candidates that cannot be used, and why. */
  rejected: z.array(z.object({ taskDefinition: z.string(), why: z.string() })),
  warnings: z.array(z.string()),
});
export type LastGood = z.infer<typeof LastGood>;

/** What was done; `$.act` in the state. */
export const Act = z.object({ call: z.string(), at: z.string(), from: z.string(), to: z.string() });
export type Act = z.infer<typeof Act>;
