import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Folder of this process's bundles; the assembly holds copies, so it goes when the process does. */
let folder: string | undefined;
const bundles = new Map<string, Bundle>();

export interface Bundle {
  /** Folder with `index.mjs`. */
  readonly folder: string;
  readonly metafile: Metafile;
}

/**
 * Bundles a function: only what it imports, without what cannot happen in Lambda.
 *
 * @param entry path under `functions/`, without its ending: `run/open-run`
 * @throws Error naming a file that does not exist
 */
export function bundleFunction(entry: string): Bundle {
  const known = bundles.get(entry);
  if (known) return known;
  const file = join(ROOT, 'functions', `${entry}.ts`);
  if (!existsSync(file)) throw new Error(`The step functions/${entry}.ts does not exist.`);
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-bundles-'));
    process.once('exit', () => rmSync(folder as string, { recursive: true, force: true }));
  }
  const outdir = join(folder, entry.replaceAll('/', '-'));
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: { index: file },
    outdir,
    bundle: true,
    format: 'esm',
    // The tracer is loaded only when an invocation is sampled.
    splitting: true,
    chunkNames: 'chunk-[hash]',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    // The SDK's ES modules: of those, unused commands and shapes are left out; its CommonJS is one piece.
    mainFields: ['module', 'main'],
    target: 'node24',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    // PostgreSQL's native client is an option of `pg` that is not used.
    external: ['pg-native'],
    alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'lib/bundling/environment-credentials.ts') },
    // Some dependencies are CommonJS and call require for Node's own modules.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  const bundle = { folder: outdir, metafile };
  bundles.set(entry, bundle);
  return bundle;
}
