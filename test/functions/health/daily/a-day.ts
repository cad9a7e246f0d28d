import { randomInt } from 'node:crypto';
import type { CheckedTarget, JudgedDay, JudgedTarget } from '../../../../schemas/daily-health.ts';
import type { Finding, Verdict } from '../../../../schemas/finding.ts';
import { HEALTH_DEFAULTS } from '../../../../schemas/health.ts';
import { aService } from '../service/a-service.ts';

export const AT = '2026-11-21T08:00:07.000Z';
export const NOW = new Date(AT);

export const aFinding = (verdict: Verdict, change: Partial<Finding> = {}): Finding => ({
  check: 'readiness',
  verdict,
  observed: `it is ${verdict}`,
  expected: 'it is ready',
  at: AT,
  ...change,
});

export const judged = (target: string, verdict: Verdict, ...bad: Finding[]): JudgedTarget => ({
  target,
  verdict,
  bad: bad.length > 0 || verdict === 'pass' ? bad : [aFinding(verdict)],
  passed: 4,
  passing: [],
});

export const aDay = (targets: JudgedTarget[], change: Partial<JudgedDay> = {}): JudgedDay => ({
  runId: 'today',
  at: AT,
  targets,
  changes: [],
  within: [],
  wanted: [],
  readiness: [],
  ...change,
});

export const declared = (name: string, starts: string[] = []): CheckedTarget => ({
  ...aService('https://api.example.com', { ...HEALTH_DEFAULTS, starts }),
  name,
});

/** A record as a distributed Map writes it. */
export function aRecord(target: string, change: Record<string, unknown> = {}) {
  const [kind, name] = target.split('/');
  return {
    ExecutionArn: `arn:aws:states:us-east-1:123456789012:execution:daily/check:${randomInt(1e9)}`,
    Input: JSON.stringify({ run: { id: 'today' }, target: { kind, name } }),
    InputDetails: { Included: true },
    Name: 'x',
    OutputDetails: { Included: true },
    RedriveCount: 0,
    Status: 'SUCCEEDED',
    StartDate: '2026-11-21T08:00:01.000Z',
    StopDate: '2026-11-21T08:00:02.000Z',
    ...change,
  };
}

export const answering = (
  target: string,
  findings: Finding[],
  verdict: Verdict = findings[0]?.verdict ?? 'pass',
) => ({
  Output: JSON.stringify({ target, at: AT, verdict, findings }),
});

export const failing = (name: string, Cause: string) => ({ Status: 'FAILED', Error: name, Cause });
