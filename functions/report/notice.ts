import type { RunRecord } from '../../schemas/run.ts';
import { redact } from '../step/redact.ts';

/** Longest subject that SNS takes, in characters: less than 100. */
const LONGEST_SUBJECT = 99;

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
  const headline = HEADLINES[record.outcome ?? 'failed'] ?? 'FAILED';
  // SNS refuses line breaks, and ASCII alone is safe for every protocol; the service may be anything that was typed.
  const subject = `${headline}: ${record.run.runbook} on ${record.target}`
    .replaceAll(/[^ -~]+/g, '?')
    .slice(0, LONGEST_SUBJECT);
  const lines = [
    record.outcome === 'verified'
      ? (record.plan?.summary ?? '')
      : (record.error?.message ?? record.plan?.summary ?? ''),
    ...record.checks.map(({ name, passed, measured }) => `${passed ? '✓' : '✗'} ${name}: ${measured}`),
    '',
    `Run ${record.run.id}`,
    `Report ${record.report ?? ''}`,
  ];
  return { subject, message: redact(lines.join('\n').trim()) };
}
