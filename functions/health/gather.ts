import { type Finding, gravest, type Verdict } from '../../schemas/finding.ts';
import type { CheckReport } from '../../schemas/health.ts';
import { cut } from '../report/cut.ts';
import { redact } from '../step/redact.ts';

/** A report stays below this, so that many of them fit into what a state or a table's item may hold. Bytes of JSON. */
export const LARGEST_REPORT = 16_384;
/** Longest text of a finding, in characters: a sentence, not a log. */
const LONGEST_TEXT = 300;

const MILDNESS: readonly Verdict[] = ['fail', 'unknown', 'warn', 'pass'];

/** The findings of one target as a report, in the order in which they were made. Where they are too many, the mildest are left out. */
export function gather(target: string, findings: readonly Finding[], at: Date): CheckReport {
  const short = findings.map(shortened);
  const report = (kept: readonly Finding[]): CheckReport => ({
    target,
    at: at.toISOString(),
    verdict: gravest(findings.map(({ verdict }) => verdict)),
    findings: [...kept],
    ...(kept.length < short.length ? { omitted: short.length - kept.length } : {}),
  });
  const empty = bytesOf({ ...report([]), omitted: short.length });
  let room = LARGEST_REPORT - 1 - empty;
  const kept = new Set<Finding>();
  for (const one of gravestFirst(short)) {
    // With the comma between them.
    room -= bytesOf(one) + 1;
    if (room < 0) break;
    kept.add(one);
  }
  return report(short.filter((one) => kept.has(one)));
}

function gravestFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((left, right) => MILDNESS.indexOf(left.verdict) - MILDNESS.indexOf(right.verdict));
}

function shortened(one: Finding): Finding {
  const { check, observed, expected, next } = one;
  return {
    ...one,
    check: cut(check, LONGEST_TEXT),
    observed: cut(redact(observed), LONGEST_TEXT),
    expected: cut(expected, LONGEST_TEXT),
    ...(next === undefined ? {} : { next: cut(next, LONGEST_TEXT) }),
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
