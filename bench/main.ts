import { cpus } from 'node:os';
import { KEEPERS } from '../lib/steps/keepers.ts';
import { Steps } from '../lib/steps/steps.ts';
import { coldStarts } from './cold-starts.ts';
import { dailyChecks } from './daily-check.ts';
import { databaseWaits } from './database-waits.ts';
import { manifests } from './manifests.ts';
import { preflights } from './preflight.ts';
import { rehearsalTime } from './rehearsal-time.ts';
import { retention } from './retention.ts';
import { rotations } from './rotations.ts';
import { runFigures } from './run-figures.ts';

/** Prints the figures of `docs/performance.md`. Ratios travel between machines; absolute figures are those of this one. */
const section = (title: string, body: string) => process.stdout.write(`\n## ${title}\n\n${body}\n`);

process.stdout.write(`Node.js ${process.version}, ${cpus().length} processors\n`);
const keepers = Object.values(KEEPERS).map(({ entry }) => entry);
section('Functions', coldStarts(Steps.entries().filter((entry) => !keepers.includes(entry))));
section('A run', await runFigures());
section('Waiting for RDS', await databaseWaits());
section('Retention', retention());
section('Manifests', await manifests());
section('Rotations', [await rotations(), coldStarts(keepers)].join('\n\n'));
section('Preflight', preflights());
section('The daily check', await dailyChecks());
section('The rehearsal', rehearsalTime());
