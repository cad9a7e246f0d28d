import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { nightshiftAlone } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface StatedEnd {
  /** Of the run that answers the incident. */
  readonly runbook?: string;
  readonly target?: string;
  /** What the first line of its report says. */
  readonly title?: string;
  /** What else its report has to say. */
  readonly says?: readonly RegExp[];
  /** The command's environment, beside that of the tests. */
  readonly env?: Record<string, string>;
}

/** What no report may hold: names of secrets' variables, a value that a scenario sets, a password, rows. */
const SECRETS = /DATABASE_PASSWORD|summmer|oops|SCRAM-SHA-256\$|"password"/;

/**
 * A scenario, played by the real command, ends as it says it must; what it says of its run and its report holds too, and nothing of it
 * is left on this machine.
 */
export function testScenario(name: string, outcome: string, stated: StatedEnd = {}): void {
  const { runbook = 'roll-back-service', target = 'service/api', title, says = [], env } = stated;
  it(`${name} ends as stated, with a report, and leaves nothing behind`, { timeout: 240_000 }, async () => {
    const out = temporaryFolder();
    const result = await nightshiftAlone(['rehearse', name, '--json', '--out', out], env);
    const { code, json, stderr, processes, leftovers } = result;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(json).toMatchObject({ scenario: name, outcome });
    expect(json.runs[0]).toMatchObject({ runbook, target, outcome });
    expect(json.reports).toHaveLength(json.runs.length);
    for (const report of json.reports) {
      const text = readFileSync(report, 'utf8');
      expect(text).toContain('## Timeline (UTC)');
      expect(text).toContain('chain whole');
      expect(text).not.toMatch(SECRETS);
      for (const file of ['report.json', 'timeline.svg'])
        expect(existsSync(join(dirname(report), file))).toBe(true);
    }
    const text = readFileSync(json.reports[0], 'utf8');
    if (title !== undefined) expect(text.split('\n')[0]).toBe(`# ${title}`);
    for (const pattern of says) expect(text).toMatch(pattern);
    // The command, the servers of PostgreSQL, the tasks and the functions.
    expect(processes).toBeGreaterThan(5);
    expect(leftovers).toEqual([]);
  });
}
