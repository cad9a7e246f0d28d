import * as z from 'zod/mini';
import type { Verdict } from '../../../schemas/finding.ts';
import { CheckReport } from '../../../schemas/health.ts';
import { whyNoReport } from './why-no-report.ts';

/**
 * What a distributed Map tells of one of its executions. More is written there than is read here.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
const MapRecord = z.object({
  Status: z.optional(z.string()),
  /** JSON text. */
  Input: z.optional(z.string()),
  /** JSON text. */
  Output: z.optional(z.string()),
  Error: z.optional(z.string()),
  Cause: z.optional(z.string()),
  StopDate: z.optional(z.string()),
  RedriveCount: z.optional(z.number()),
});
const OfTarget = z.object({ kind: z.string(), name: z.string() });

/** What became of the check of one target: its report, or why there is none. */
export interface TargetResult {
  readonly target: string;
  /** When it ended, as milliseconds since 1970; it is less than any time where it has not. */
  readonly endedAt: number;
  readonly redrives: number;
  readonly report?: CheckReport;
  readonly why?: string;
}

/** Understands one record; undefined where it does not say which target it is about. */
export function resultOf(record: unknown): TargetResult | undefined {
  const parsed = z.safeParse(MapRecord, record);
  if (!parsed.success) return undefined;
  const { Status, Input, Output, Error: error, Cause: cause, StopDate = '', RedriveCount = 0 } = parsed.data;
  const answered = z.safeParse(CheckReport, json(Output));
  const target = targetOf(json(Input)) ?? (answered.success ? answered.data.target : undefined);
  if (target === undefined) return undefined;
  const ended = Date.parse(StopDate);
  const result = {
    target,
    endedAt: Number.isNaN(ended) ? Number.NEGATIVE_INFINITY : ended,
    redrives: RedriveCount,
  };
  if (Status !== 'SUCCEEDED') return { ...result, why: whyNoReport({ status: Status, error, cause }) };
  if (!answered.success) return { ...result, why: 'its check answered something that is no report' };
  return answered.data.target === target
    ? { ...result, report: answered.data }
    : { ...result, why: 'its check answered about something else' };
}

/** One result of each target: the newest, as a check may be done again. Of two of the same instant the graver one counts. */
export function newestResults(results: readonly TargetResult[]): Map<string, TargetResult> {
  const newest = new Map<string, TargetResult>();
  for (const result of results) {
    const known = newest.get(result.target);
    if (known === undefined || isNewer(result, known)) newest.set(result.target, result);
  }
  return newest;
}

const GRAVITY: readonly Verdict[] = ['pass', 'warn', 'unknown', 'fail'];
const gravityOf = ({ report }: TargetResult) => GRAVITY.indexOf(report?.verdict ?? 'unknown');

function isNewer(one: TargetResult, than: TargetResult): boolean {
  if (one.endedAt !== than.endedAt) return one.endedAt > than.endedAt;
  if (one.redrives !== than.redrives) return one.redrives > than.redrives;
  return gravityOf(one) > gravityOf(than);
}

/** The input of an execution is `{ run, target }`. */
function targetOf(input: unknown): string | undefined {
  const parsed = z.safeParse(OfTarget, (input as { target?: unknown } | undefined)?.target);
  return parsed.success ? `${parsed.data.kind}/${parsed.data.name}` : undefined;
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '') ?? undefined;
  } catch {
    return undefined;
  }
}
