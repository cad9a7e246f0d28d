import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { nightshift } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A scenario, played by the real command, ends as it says it must; what it says of its run and its report holds too. */
export function testScenario(name: string, outcome: string): void {
  it(`${name} ends as stated, with a report`, { timeout: 180_000 }, async () => {
    const out = temporaryFolder();
    const { code, json, stderr } = await nightshift(['rehearse', name, '--json', '--out', out]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      scenario: name,
      outcome,
      runs: [{ runbook: 'roll-back-service', target: 'service/api', outcome }],
    });
    const [report] = json.reports;
    const text = readFileSync(report, 'utf8');
    expect(text).toContain('## Timeline (UTC)');
    expect(text).toContain('chain whole');
    // Neither secrets nor values of environment variables: this is one that a scenario sets.
    expect(text).not.toMatch(/DATABASE_PASSWORD|summmer/);
    for (const file of ['report.json', 'timeline.svg'])
      expect(existsSync(join(dirname(report), file))).toBe(true);
  });
}
