import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { nightshift } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('bad-config ends as stated, with a report', { timeout: 180_000 }, async () => {
  const out = temporaryFolder();
  const { code, json, stderr } = await nightshift(['rehearse', 'bad-config', '--json', '--out', out]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(json).toMatchObject({
    scenario: 'bad-config',
    outcome: 'verified',
    runs: [{ runbook: 'roll-back-service', target: 'service/api', outcome: 'verified' }],
  });
  const [report] = json.reports;
  const text = readFileSync(report, 'utf8');
  expect(text).toContain('## Timeline (UTC)');
  expect(text).toContain('chain whole');
  expect(text).not.toMatch(/DATABASE_PASSWORD|summmer/);
  for (const name of ['report.json', 'timeline.svg'])
    expect(existsSync(join(dirname(report), name))).toBe(true);
});
