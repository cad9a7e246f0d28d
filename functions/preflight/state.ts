import * as z from 'zod/mini';
import { Verdict } from '../../schemas/finding.ts';
import { CheckReport } from '../../schemas/health.ts';
import { LoginVariables } from '../../schemas/preflight/entry.ts';
import { Evidence } from '../../schemas/run.ts';

/** What the steps of this folder hand each other in the state of a run. Names and references only: no value of a variable is here. */

/** A container of a release. */
export const ReleaseContainer = z.object({
  name: z.string(),
  image: z.string(),
  essential: z.boolean(),
  /** Names of variables that have their values in the task definition. */
  environment: z.array(z.string()),
  /** What is read when a task starts: variables, options of the log driver, the login to a registry. */
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })),
  /** Number of files with further variables, which are not looked into. */
  environmentFiles: z.number(),
});
export type ReleaseContainer = z.infer<typeof ReleaseContainer>;

/** A task definition that is about to be released; `$.release` in the state. */
export const Release = z.object({
  taskDefinition: z.string(),
  family: z.string(),
  status: z.string(),
  /** Task definition that the service runs. */
  running: z.string(),
  /** Migrations that it declares to run against; null where it declares nothing. */
  supportedMigrations: z.nullable(z.array(z.string())),
  containers: z.array(ReleaseContainer),
  /** Container whose environment the rules are for. */
  container: z.string(),
  /** Declared variables of the login to the database. */
  login: z.optional(LoginVariables),
});
export type Release = z.infer<typeof Release>;

/** What a step has found out about a release; evidence for the run, and the same in full. */
export const Examined = z.extend(Evidence, { verdict: Verdict, report: CheckReport });
export type Examined = z.infer<typeof Examined>;
