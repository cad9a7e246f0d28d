import { cpus } from 'node:os';
import { coldStarts } from './cold-starts.ts';
import { databaseWaits } from './database-waits.ts';
import { manifests } from './manifests.ts';
import { preflights } from './preflight.ts';
import { rehearsalTime } from './rehearsal-time.ts';
import { retention } from './retention.ts';
import { runFigures } from './run-figures.ts';

/** Prints the figures of `docs/performance.md`. Ratios travel between machines; absolute figures are those of this one. */
const section = (title: string, body: string) => process.stdout.write(`\n## ${title}\n\n${body}\n`);

process.stdout.write(`Node.js ${process.version}, ${cpus().length} processors\n`);
section('Functions', coldStarts());
section('A run', await runFigures());
section('Waiting for RDS', await databaseWaits());
section('Retention', retention());
section('Manifests', await manifests());
section('Preflight', preflights());
section('The rehearsal', rehearsalTime());
