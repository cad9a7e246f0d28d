import * as z from 'zod/mini';
import { Finding, Verdict } from './finding.ts';
import { CacheTarget, DatabaseTarget, ServiceTarget } from './target.ts';

/** What the daily check looks at. */
export const CheckedTarget = z.discriminatedUnion('kind', [ServiceTarget, DatabaseTarget, CacheTarget]);
export type CheckedTarget = z.infer<typeof CheckedTarget>;

/** Where the list of what is looked at lies, for the Map state that works through it, and where its results go. */
export const HealthList = z.object({
  bucket: z.string(),
  /** `health/<run>/targets.json`: a JSON list of {@link CheckedTarget}. */
  key: z.string(),
  /** `health/<run>`: what the Map state writes begins with it. */
  prefix: z.string(),
});
export type HealthList = z.infer<typeof HealthList>;

/** What is kept of one target until the next daily check. */
export const KeptHealth = z.object({
  /** `service/api`. */
  target: z.string(),
  verdict: Verdict,
  /** What did not pass, by the names of the checks. */
  bad: z.array(z.object({ check: z.string(), verdict: Verdict })),
});
export type KeptHealth = z.infer<typeof KeptHealth>;

/** A declaration that could not be read, so that nothing is known of the target. */
export const UnreadTarget = z.object({ target: z.string(), why: z.string() });
export type UnreadTarget = z.infer<typeof UnreadTarget>;

/** Grows when what is kept changes its shape; a check compares only to what it understands. */
export const DAY_FORMAT = 1;

/** `health/latest.json`: the newest daily check, to which the next one compares. */
export const KeptDay = z.object({
  format: z.literal(DAY_FORMAT),
  runId: z.string(),
  /** When it was judged (ISO 8601). */
  at: z.string(),
  targets: z.array(KeptHealth),
});
export type KeptDay = z.infer<typeof KeptDay>;

/** A runbook that a failure asks for, and that the configuration lets it start. */
export const WantedRun = z.object({
  runbook: z.string(),
  kind: z.enum(['service', 'database', 'cache']),
  name: z.string(),
  /** Names of the checks that ask for it. */
  because: z.array(z.string()),
});
export type WantedRun = z.infer<typeof WantedRun>;

/** What became of it. */
export const StartedRun = z.extend(WantedRun, {
  /** Name of the run; absent where it was not started. */
  runId: z.optional(z.string()),
  /** Why it was not started, for the operator. */
  whyNot: z.optional(z.string()),
});
export type StartedRun = z.infer<typeof StartedRun>;

/** How one target is. */
export const JudgedTarget = z.object({
  target: z.string(),
  verdict: Verdict,
  /** What did not pass, gravest first; not all where there are very many. */
  bad: z.array(Finding),
  /** Number of checks that passed. */
  passed: z.number(),
  /** Their names. */
  passing: z.array(z.string()),
});
export type JudgedTarget = z.infer<typeof JudgedTarget>;

/** What became of a target since the check before; each target is told once. */
export const DayChange = z.enum([
  'newly broken',
  'still broken',
  'mended',
  'not known any more',
  'still not known',
  'known again',
  'new warnings',
  'no more warnings',
  'declared since',
  'no longer declared',
  'as before',
]);
export type DayChange = z.infer<typeof DayChange>;

/** What is different within a target that was broken and still is, by the names of checks. */
export const CheckChange = z.object({
  target: z.string(),
  /** Fail now, and did not. */
  broken: z.array(z.string()),
  /** Failed, and do not any more. */
  mended: z.array(z.string()),
  /** Failed; now nobody knows. */
  unknown: z.array(z.string()),
});
export type CheckChange = z.infer<typeof CheckChange>;

/** Whether a service could be rolled back, as it was seen last. */
export const ReadinessLine = z.object({
  target: z.string(),
  /** Null where nobody has looked lately, or the answer cannot be read. */
  ready: z.nullable(z.boolean()),
  line: z.string(),
});
export type ReadinessLine = z.infer<typeof ReadinessLine>;

/** `health/<run>/judged.json`: everything that the report is made of. */
export const JudgedDay = z.object({
  runId: z.string(),
  at: z.string(),
  /** Gravest first. */
  targets: z.array(JudgedTarget),
  /** The check that it is compared to; absent where there is none. */
  previous: z.optional(z.object({ runId: z.string(), at: z.string() })),
  changes: z.array(z.object({ change: DayChange, targets: z.array(z.string()) })),
  /** What is different within the targets that are still broken; none of those in which nothing is. */
  within: z.array(CheckChange),
  wanted: z.array(WantedRun),
  readiness: z.array(ReadinessLine),
});
export type JudgedDay = z.infer<typeof JudgedDay>;

/** `$.judged` in the state: where the rest lies, and what is to be started. */
export const Judged = z.object({
  bucket: z.string(),
  key: z.string(),
  counts: z.record(Verdict, z.number()),
  /** Not all of them where they are very many. */
  wanted: z.array(WantedRun),
  wantedInAll: z.number(),
});
export type Judged = z.infer<typeof Judged>;

/** `$.started` in the state. */
export const Started = z.object({ runs: z.array(StartedRun) });
export type Started = z.infer<typeof Started>;
