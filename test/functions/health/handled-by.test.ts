import { expect, it } from 'vitest';
import { finding } from '../../../functions/health/findings.ts';
import { HANDLED_BY } from '../../../functions/health/handled-by.ts';
import { TARGET_KINDS } from '../../../lib/config/schema.ts';

it('names no runbook that there is not', () => {
  const named = Object.values(HANDLED_BY).filter((runbook) => runbook !== null);
  for (const runbook of named) expect(Object.keys(TARGET_KINDS)).toContain(runbook);
  expect(named.length).toBeGreaterThan(0);
});

it('names one where something is wrong, and not where nothing is known', () => {
  const of = (verdict: 'pass' | 'warn' | 'fail' | 'unknown') =>
    finding('error ratio', 'error ratio', { verdict, observed: '', expected: '' }).runbook;
  expect(['pass', 'unknown', 'warn', 'fail'].map((verdict) => of(verdict as 'pass'))).toEqual([
    undefined,
    undefined,
    'roll-back-service',
    'roll-back-service',
  ]);
  expect(finding('latency', 'latency', { verdict: 'fail', observed: '', expected: '' })).not.toHaveProperty(
    'runbook',
  );
});
