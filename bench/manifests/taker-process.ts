import { readFileSync, writeFileSync } from 'node:fs';
import { compareWithManifest } from '../../functions/postgres/manifest/compare-with-manifest.ts';
import { Manifest } from '../../functions/postgres/manifest/manifest.ts';
import { takeManifest } from '../../functions/postgres/manifest/take-manifest.ts';
import { openSession } from '../../functions/postgres/session.ts';
import { LARGE_TABLES } from './database.ts';
import type { Taken, TakerInput } from './taker.ts';

const STATEMENT_TIMEOUT_MILLISECONDS = 600_000;

const { authority, taking, manifest, ...login } = JSON.parse(process.argv[2] as string) as TakerInput;
const authorities = [readFileSync(authority, 'utf8')];
const connect = () =>
  openSession(login, { authorities, statementTimeoutMilliseconds: 2 * STATEMENT_TIMEOUT_MILLISECONDS });

/** The process is bundled as functions are, as CommonJS, where a module cannot wait. */
async function take(): Promise<void> {
  if (taking === 'nothing') await (await connect()).close();
  else if (taking === 'compare') await compare();
  else {
    const taken = await takeManifest(connect, {
      migrationHead: { known: false, why: 'not read' },
      critical: taking === 'all' ? LARGE_TABLES.map(({ name }) => `public.${name}`) : [],
    });
    if (taking === 'all') writeFileSync(manifest, JSON.stringify(taken));
  }
}

async function compare(): Promise<void> {
  const stored = Manifest.parse(JSON.parse(readFileSync(manifest, 'utf8')));
  const { tables } = await compareWithManifest(connect, stored);
  const lost = tables.filter(({ verdict }) => verdict !== 'identical' && verdict !== 'newer');
  if (lost.length > 0) throw new Error(lost.map(({ summary }) => summary).join('\n'));
}

const begun = performance.now();
take().then(
  () => {
    const taken: Taken = {
      milliseconds: performance.now() - begun,
      megabytes: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(JSON.stringify(taken));
  },
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
