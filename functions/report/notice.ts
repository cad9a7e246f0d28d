import type { RunRecord } from '../../schemas/run.ts';

/** Longest subject that SNS takes, in characters. */
const LONGEST_SUBJECT = 100;

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
  const subject = `${headline}: ${record.run.runbook} on ${record.target}`.slice(0, LONGEST_SUBJECT);
  const lines = [
    record.outcome === 'verified'
      ? (record.plan?.summary ?? '')
      : (record.error?.message ?? record.plan?.summary ?? ''),
    ...record.checks.map(({ name, passed, measured }) => `${passed ? '✓' : '✗'} ${name}: ${measured}`),
    '',
    `Run ${record.run.id}`,
    `Report ${record.report ?? ''}`,
  ];
  return { subject, message: lines.join('\n').trim() };
}
