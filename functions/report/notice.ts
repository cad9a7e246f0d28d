import type { RunRecord } from '../../schemas/run.ts';
import { redact } from '../step/redact.ts';
import { cut } from './cut.ts';
import { errorBesides } from './headline.ts';
import { judged } from './judged-checks.ts';
import { looksOnly, ofFleet } from './looks-only.ts';
import { plainLines } from './plain-lines.ts';

/** Longest subject that SNS takes, in characters: less than 100. */
const LONGEST_SUBJECT = 99;
/** So much of what was found fits on a screen; the report has all of it. Lines, and characters in one. */
const MOST_LINES = 60;
const LONGEST_LINE = 500;

const HEADLINES: Record<string, string> = {
  verified: 'Fixed',
  planned: 'Planned',
  refused: 'REFUSED',
  joined: 'Joined',
  undone: 'UNDONE',
  failed: 'FAILED',
};

/** The short notice of how a run ended. */
export function renderNotice(record: RunRecord): { subject: string; message: string } {
  // SNS refuses line breaks, and ASCII alone is safe for every protocol; the service may be anything that was typed.
  const subject = cut(redact(subjectOf(record)).replaceAll(/[^ -~]+/g, '?'), LONGEST_SUBJECT, '...');
  const lines = [
    ...wordsOf(record),
    ...bounded(plainLines(record)),
    '',
    `Run ${record.run.id}`,
    `Report ${record.report ?? ''}`,
  ];
  return { subject, message: redact(lines.join('\n').trim()) };
}

function subjectOf(record: RunRecord): string {
  const { outcome = 'failed', verdict, run, target } = record;
  if (verdict === undefined) {
    const headline = outcome === 'verified' && looksOnly(record.plan) ? 'OK' : HEADLINES[outcome];
    return `${headline}: ${run.runbook} on ${target}`;
  }
  return outcome === 'verified' ? verdict.title : `${alarmWord(record)}: ${verdict.title}`;
}

/** What was found to be bad is told from what could not be looked at. */
function alarmWord({ outcome = 'failed', checks, target, error, verdict }: RunRecord): string {
  const found = outcome === 'failed' && errorBesides({ verdict, error }) === undefined;
  if (!found) return HEADLINES[outcome] ?? 'FAILED';
  const { fail, unknown } = judged(checks);
  if (fail.length === 0 && unknown.length > 0) return 'NOT KNOWN';
  return ofFleet({ target }) ? 'BROKEN' : 'NOT OK';
}

/** What a person has to know, before what was found. */
function wordsOf(record: RunRecord): string[] {
  const { outcome, verdict, plan, error } = record;
  if (verdict === undefined)
    return [outcome === 'verified' ? (plan?.summary ?? '') : (error?.message ?? plan?.summary ?? '')];
  const besides = errorBesides(record);
  return [
    verdict.title,
    '',
    verdict.fine,
    `What you need to do: ${verdict.next}`,
    ...(besides === undefined ? [] : [`What went wrong besides: ${besides}`]),
    '',
  ];
}

function bounded(lines: readonly string[]): string[] {
  const rest = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES).map((line) => cut(line.replaceAll(/[\r\n]+/g, ' '), LONGEST_LINE)),
    ...(rest > 0 ? [`… ${rest} more lines are in the report.`] : []),
  ];
}
