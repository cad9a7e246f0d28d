import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleFunctions } from '../lib/bundling/bundle-functions.ts';
import { median, table } from './statistics.ts';

const COLD_START = fileURLToPath(new URL('cold-start.cjs', import.meta.url));
const ROUNDS = 15;
/** An input that every step refuses: the whole of its start, its checks, its log and its metrics, and no call to AWS. */
const REFUSED_INPUT = '{}';

interface Timed {
  readonly loaded: number;
  readonly answered: number;
}

/**
 * Size, import and first answer of functions in a fresh process, against a bare `async () => ({})`, interleaved.
 *
 * @param entries paths under `functions/`, without their ending
 */
export function coldStarts(entries: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  try {
    const bare = join(folder, 'bare.cjs');
    writeFileSync(bare, 'exports.handler = async () => ({});\n');
    const bundles = new Map([
      ['bare function', bare],
      ...[...bundleFunctions(entries)].map(
        ([entry, folderOfBundle]) => [entry, join(folderOfBundle, 'index.cjs')] as const,
      ),
    ]);
    const times = new Map([...bundles.keys()].map((name) => [name, [] as Timed[]]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [name, file] of bundles) times.get(name)?.push(startOnce(file));
    const of = (name: string, which: keyof Timed) =>
      median((times.get(name) ?? []).map((time) => time[which]));
    const baseline = of('bare function', 'answered');
    return table(
      ['function', 'bundle, KB', 'gzip, KB', 'loaded, ms', 'first answer, ms', 'over bare, ms', '× bare'],
      [...bundles].map(([name, file]) => [
        name,
        kilobytes(readFileSync(file)),
        kilobytes(gzipSync(readFileSync(file))),
        of(name, 'loaded').toFixed(1),
        of(name, 'answered').toFixed(1),
        (of(name, 'answered') - baseline).toFixed(1),
        (of(name, 'answered') / baseline).toFixed(2),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kilobytes = ({ length }: Buffer) => (length / 1024).toFixed(0);

function startOnce(bundle: string): Timed {
  // Lambda's runtime has loaded node:http before it loads any function, a bare one too.
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', 'node:http', COLD_START, bundle, REFUSED_INPUT],
    {
      encoding: 'utf8',
      env: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`${bundle} did not answer: ${stderr}`);
  return JSON.parse(last) as Timed;
}
