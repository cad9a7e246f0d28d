import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
/**
 * Loaded only when an invocation is sampled: it brings the X-Ray SDK, as large as everything else together. It lies beside
 * each function as the package that it is.
 */
const TRACER = '@aws-lambda-powertools/tracer';

const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  // Imported as ES modules, Node's own would give all their exports at once and load what only one of them needs
  // (node:http has a WebSocket, node:crypto the Web Crypto API); required, they do not.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  // The SDK's ES modules: of those, unused commands and shapes are left out; its CommonJS is one piece.
  mainFields: ['module', 'main'],
  target: 'node24',
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
  alias: {
    '@aws-sdk/credential-provider-node': join(ROOT, 'lib/bundling/environment-credentials.ts'),
    '@smithy/core/event-streams': join(ROOT, 'lib/bundling/no-event-streams.ts'),
  },
};

/** Folder of this process's bundles; the assembly holds copies, so it goes when the process does. */
let folder: string | undefined;
const bundles = new Map<string, string>();

/**
 * Bundles functions: each only what it imports, without what cannot happen in Lambda. All in one go, so that what they
 * share is read once.
 *
 * @param entries paths under `functions/`, without their ending: `run/open-run`
 * @returns for each entry the folder with its `index.cjs`
 * @throws Error naming a file that does not exist
 */
export function bundleFunctions(entries: readonly string[]): ReadonlyMap<string, string> {
  const missing = entries.filter((entry) => !bundles.has(entry));
  for (const entry of missing)
    if (!existsSync(join(ROOT, 'functions', `${entry}.ts`)))
      throw new Error(`The step functions/${entry}.ts does not exist.`);
  if (missing.length > 0) build(missing);
  return new Map(entries.map((entry) => [entry, bundles.get(entry) as string]));
}

function build(entries: readonly string[]): void {
  const made = bundlesFolder();
  const tracer = join(made, 'tracer');
  if (!existsSync(tracer)) bundleTracer(tracer);
  const flat = mkdtempSync(join(made, 'built-'));
  buildSync({
    ...OPTIONS,
    entryPoints: Object.fromEntries(
      entries.map((entry) => [nameOf(entry), join(ROOT, 'functions', `${entry}.ts`)]),
    ),
    outdir: flat,
    // PostgreSQL's native client is an option of `pg` that is not used.
    external: ['pg-native', TRACER],
  });
  for (const entry of entries) {
    const target = join(made, nameOf(entry));
    mkdirSync(target);
    renameSync(join(flat, `${nameOf(entry)}.cjs`), join(target, 'index.cjs'));
    cpSync(tracer, target, { recursive: true });
    bundles.set(entry, target);
  }
}

function bundleTracer(target: string): void {
  const folderOfPackage = join(target, 'node_modules', TRACER);
  buildSync({ ...OPTIONS, entryPoints: { index: TRACER }, outdir: folderOfPackage });
  writeFileSync(
    join(folderOfPackage, 'package.json'),
    JSON.stringify({ name: TRACER, exports: './index.cjs' }),
  );
}

function bundlesFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'nightshift-bundles-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

const nameOf = (entry: string) => entry.replaceAll('/', '-');
