import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { BenchLogin } from './contenders.ts';

/** What the process does once it is connected; `compare` needs the manifest that `all` left. */
export type Taking = 'nothing' | 'all' | 'samples' | 'compare';

export interface TakerInput extends BenchLogin {
  readonly database: string;
  /** File with the certificate authority. */
  readonly authority: string;
  readonly taking: Taking;
  /** File for the manifest. */
  readonly manifest: string;
}

export interface Taken {
  readonly milliseconds: number;
  /** Most resident memory of the process, Node.js and the bundle included. */
  readonly megabytes: number;
}

/** Three quarters of the 256 MB that a function has by default: the rest is for what lies outside of the heap. */
const HEAP_MEGABYTES = 192;

/** Bundles the process as functions are bundled, so that it loads what a function loads. */
export async function bundleTaker(folder: string): Promise<string> {
  const outfile = join(folder, 'taker.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('taker-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    logLevel: 'error',
  });
  return outfile;
}

export async function runTaker(
  bundle: string,
  login: Omit<TakerInput, 'taking' | 'manifest'>,
  taking: Taking,
  manifest: string,
): Promise<Taken> {
  const input: TakerInput = { ...login, taking, manifest };
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--max-old-space-size=${HEAP_MEGABYTES}`,
    bundle,
    JSON.stringify(input),
  ]);
  return JSON.parse(stdout) as Taken;
}
