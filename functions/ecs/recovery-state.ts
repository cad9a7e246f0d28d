import * as z from 'zod/mini';
import { LastGood } from './state.ts';

/** What is known of the releases of the services that use a database; apart from the steps, so that a bundle has one step only. */

/** A release, and what it declares of migrations. */
export const DeclaredRelease = z.object({
  taskDefinition: z.string(),
  /** Migrations that it runs against; null where it declares nothing. */
  supports: z.nullable(z.array(z.string())),
  /** Migrations that its own command takes back without losing data. */
  reversible: z.array(z.string()),
  containers: z.array(z.string()),
  /** Why no task of it can be started; null where one can. */
  unusable: z.nullable(z.string()),
});
export type DeclaredRelease = z.infer<typeof DeclaredRelease>;

/** A service that uses the database. */
export const InspectedConsumer = z.object({
  /** Name in the configuration. */
  name: z.string(),
  cluster: z.string(),
  service: z.string(),
  /** Who deploys it. */
  controller: z.string(),
  /** What it runs, or would run if it had tasks; null where ECS does not tell. */
  running: z.nullable(DeclaredRelease),
  /** Its last known good release, which may be the one that runs; null where there is none. */
  lastGood: z.nullable(DeclaredRelease),
  basis: LastGood.shape.basis,
  rejected: LastGood.shape.rejected,
  /** What its latest deployments brought beside these two, newest first; only of the service whose command takes migrations back. */
  released: z.array(DeclaredRelease),
  warnings: z.array(z.string()),
});
export type InspectedConsumer = z.infer<typeof InspectedConsumer>;

/** `$.consumers` in the state. */
export const InspectedConsumers = z.array(InspectedConsumer);

/** How a migration is taken back; `plan.observed.migrateDown`. */
export const MigrateDown = z.object({
  /** Name in the configuration of the service whose network and image are used. */
  service: z.string(),
  cluster: z.string(),
  /** Its name in ECS. */
  ecsService: z.string(),
  taskDefinition: z.string(),
  container: z.string(),
  command: z.array(z.string()),
});
export type MigrateDown = z.infer<typeof MigrateDown>;

/** The one-off task; `$.task` in the state, and what `await-task` waits for. */
export const StartedTask = z.object({ cluster: z.string(), taskArn: z.string() });
export type StartedTask = z.infer<typeof StartedTask>;

/** Under which name the start of that task is kept in the action record of its run. */
export const MIGRATION_DOWN_RECORD = 'run-migration-down';
