import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, table } from './statistics.ts';

const COMMAND = fileURLToPath(new URL('../bin/nightshift.js', import.meta.url));
const ROUNDS = 3;
const AIM_SECONDS = 30;

/** How long `npm start` takes from nothing to its report, in seconds of this machine. */
export function rehearsalTime(): string {
  const out = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  try {
    const seconds = Array.from({ length: ROUNDS }, () => {
      const begun = performance.now();
      const { status, stderr } = spawnSync(
        process.execPath,
        [COMMAND, 'rehearse', 'bad-release', '--json', '--out', out],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`The rehearsal ended with ${status}: ${stderr}`);
      return (performance.now() - begun) / 1000;
    });
    return table(
      ['npm start', ''],
      [
        ['seconds, median', median(seconds).toFixed(1)],
        ['aim, seconds', String(AIM_SECONDS)],
      ],
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
