import * as z from 'zod/mini';
import { Verdict as FindingVerdict } from './finding.ts';
import { Target } from './target.ts';

/** What started a run. */
export const Trigger = z.object({
  kind: z.enum(['alarm', 'schedule', 'person', 'runbook']),
  /** Alarm name, schedule name, parent run or, where known, the person. */
  by: z.optional(z.string()),
  /** EventBridge event id: the same event may come twice. */
  eventId: z.optional(z.string()),
  /** When the event happened (ISO 8601), for time to detect and to recognise late events. */
  at: z.optional(z.string()),
});
export type Trigger = z.infer<typeof Trigger>;

/** What was asked for beside the target; which of them a runbook takes is its own matter. */
export const RunRequest = z.object({
  /** Snapshot to restore from, by identifier; the newest good one when not given. */
  snapshot: z.optional(z.string()),
  /** Point in time to restore to (ISO 8601); instead of a snapshot. */
  toTime: z.optional(z.string()),
  /** `beside`: hand the restored instance over. `swap`: put it in the original's place. */
  mode: z.optional(z.enum(['beside', 'swap'])),
  /** What becomes of a swap or a rotation that an earlier run left half-way, or that nobody has proved yet. */
  unfinished: z.optional(z.enum(['finish', 'undo'])),
  /** RDS instance to look at instead of the declared one, by identifier: one that was restored, for example. */
  instance: z.optional(z.string()),
  /** Snapshot with whose manifest to compare, by identifier; `newest`, or `none`. */
  manifest: z.optional(z.string()),
  /** Task definition to look at, `api:42`, `api` or an ARN; the newest of the service's family when not given. */
  revision: z.optional(z.string()),
  /** Secrets to rotate at once, by name; `["all"]` is every one that can be rotated. */
  secrets: z.optional(z.array(z.string())),
  /** The same by a tag of theirs. */
  tag: z.optional(z.string()),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** Identity of a run; `$.run` in the state of every runbook. */
export const Run = z.object({
  /** Execution name; unique for 90 days. */
  id: z.string(),
  /** Execution ARN. */
  arn: z.string(),
  runbook: z.string(),
  startedAt: z.string(),
  dryRun: z.boolean(),
  trigger: Trigger,
  /** Reason given by a person for overriding a freeze window or the did-not-hold guard. */
  override: z.optional(z.string()),
  request: z.optional(RunRequest),
});
export type Run = z.infer<typeof Run>;

/** Proof of lock ownership carried through the run; every write re-checks it. */
export const Lock = z.object({
  /** `service/api`. */
  key: z.string(),
  /** Grows with every owner; a write with an older one is refused. */
  fencingToken: z.number(),
  /** Locks of the services that are stopped and started on the way. */
  also: z.optional(z.array(z.object({ key: z.string(), fencingToken: z.number() }))),
});
export type Lock = z.infer<typeof Lock>;

/** What `open-run` returns and every later state carries on. */
export const OpenedRun = z.object({
  run: Run,
  /** Null in a dry run (nothing is written to the target) and for a run that joined another one. */
  lock: z.nullable(Lock),
  target: Target,
  opening: z.object({
    decision: z.enum(['proceed', 'joined']),
    joinedRun: z.optional(z.string()),
    needsApproval: z.boolean(),
    alarms: z.array(z.object({ name: z.string(), state: z.string(), since: z.string() })),
    /** Latest service deployments and alarm changes, newest first, one line each. */
    recentChanges: z.array(z.object({ at: z.string(), what: z.string() })),
  }),
});
export type OpenedRun = z.infer<typeof OpenedRun>;

/** One thing that differs between what runs and what would run. Values of environment variables are never shown. */
export const Change = z.object({
  /** `image`, `environment.FEATURE_X`, `secret.DATABASE_URL`, `cpu`, `memory`, `taskRole`, … */
  what: z.string(),
  kind: z.enum(['image', 'configuration', 'secret', 'resources', 'roles', 'other']),
  from: z.string(),
  to: z.string(),
});
export type Change = z.infer<typeof Change>;

/** One write that a plan proposes. */
export const Action = z.object({
  id: z.string(),
  title: z.string(),
  /** `ecs:UpdateService`. */
  call: z.string(),
  resource: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  reversible: z.boolean(),
  /** How it is undone, in words. */
  undo: z.string(),
  expectedSeconds: z.number(),
  costUsd: z.number(),
});
export type Action = z.infer<typeof Action>;

/** What a run would do, or did. */
export const Plan = z.object({
  runbook: z.string(),
  target: z.string(),
  /** One paragraph for the person who reads it at 03:00. */
  summary: z.string(),
  /** For the report; each is one line. Where it is missing, the plan has nothing to do. */
  words: z.optional(
    z.object({
      /** Its title when all went well: `main was restored beside the original, and proved`. */
      verified: z.string(),
      /** What is left to do for a person then. */
      next: z.string(),
      /** The same where all was taken back, which its undo has looked at. */
      undone: z.optional(z.string()),
      /** What the list of changes is. */
      changes: z.string(),
      /** It is done every so often, and follows no incident. */
      routine: z.optional(z.boolean()),
    }),
  ),
  observed: z.record(z.string(), z.unknown()),
  changes: z.array(Change),
  actions: z.array(Action),
  warnings: z.array(z.string()),
  /** SHA-256 over actions, changes and what was observed that they rest on; an approval is bound to it. */
  hash: z.string(),
});
export type Plan = z.infer<typeof Plan>;

/** One piece of evidence gathered after the act. */
export const Check = z.object({
  name: z.string(),
  passed: z.boolean(),
  /** Told apart where it is more than yes or no: a warning lets pass, what is unknown does not. */
  verdict: z.optional(FindingVerdict),
  /** What was measured, with its unit: `0.0 % of 214 requests, limit 1 %`. */
  measured: z.string(),
  /** What should have been; told only where it was not. */
  expected: z.optional(z.string()),
  /** What a person can do about it: `nightshift run restore-drill --database main`. */
  next: z.optional(z.string()),
  at: z.string(),
});
export type Check = z.infer<typeof Check>;

/** What a verify step answers. */
export const Evidence = z.object({ passed: z.boolean(), checks: z.array(Check) });
export type Evidence = z.infer<typeof Evidence>;

/** What a runbook that looks at many things tells, in words of its own. */
export const Verdict = z.object({
  /** Title of the report and headline of the notice: `2 of 14 are broken: api, main`. */
  title: z.string(),
  /** Whether it is fine now, in a sentence or two. */
  fine: z.string(),
  /** What a person has to do. */
  next: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A part of a report: a heading, and lines or a table below it. Nothing in it is secret. */
export const Section = z.object({
  title: z.string(),
  /** Each is a line of a list. */
  lines: z.optional(z.array(z.string())),
  table: z.optional(z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.string())) })),
});
export type Section = z.infer<typeof Section>;

export const Outcome = z.enum(['planned', 'verified', 'refused', 'joined', 'undone', 'failed']);
export type Outcome = z.infer<typeof Outcome>;

/** The record of a run in the run table, kept current from open to close; also `report.json` without the audit entries. */
export const RunRecord = z.object({
  run: Run,
  target: z.string(),
  /** Further locks that the run has, or was about to take. */
  alsoLocked: z.optional(z.array(z.string())),
  phase: z.enum(['open', 'plan', 'approve', 'act', 'verify', 'close']),
  /** Absent while the run is going on. */
  outcome: z.optional(Outcome),
  /** Whether anything was changed. */
  acted: z.boolean(),
  error: z.optional(z.object({ name: z.string(), message: z.string() })),
  plan: z.optional(Plan),
  checks: z.array(Check),
  /** What was found, in the runbook's own words; instead of those that are made from its outcome. */
  verdict: z.optional(Verdict),
  /** Further parts of its report, instead of the list of checks. */
  sections: z.optional(z.array(Section)),
  /** The run ended as it should although it refused: nobody needs to wake up. */
  quiet: z.optional(z.boolean()),
  /** What `open-run` found: alarm states and latest changes. */
  opening: z.optional(OpenedRun.shape.opening),
  /** Number of further triggers that joined this run. */
  joined: z.number(),
  closedAt: z.optional(z.string()),
  /** `s3://bucket/key/` under which report.md, report.json and timeline.svg lie. */
  report: z.optional(z.string()),
  approval: z.optional(
    z.object({
      planHash: z.string(),
      requestedAt: z.string(),
      expiresAt: z.string(),
      decision: z.optional(z.enum(['approved', 'rejected'])),
      by: z.optional(z.string()),
    }),
  ),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** One link of the audit chain. */
export const AuditEntry = z.object({
  sequence: z.number(),
  at: z.string(),
  step: z.string(),
  phase: z.enum(['open', 'plan', 'approve', 'act', 'verify', 'close']),
  kind: z.enum(['trigger', 'observation', 'decision', 'action', 'wait', 'check', 'error', 'outcome']),
  /** One sentence. */
  summary: z.string(),
  facts: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
