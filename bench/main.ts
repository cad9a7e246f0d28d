import { cpus } from 'node:os';
import { coldStarts } from './cold-starts.ts';
import { rehearsalTime } from './rehearsal-time.ts';
import { runFigures } from './run-figures.ts';

/** Prints the figures of `docs/performance.md`. Ratios travel between machines; absolute figures are those of this one. */
const section = (title: string, body: string) => process.stdout.write(`\n## ${title}\n\n${body}\n`);

process.stdout.write(`Node.js ${process.version}, ${cpus().length} processors\n`);
section('Functions', coldStarts());
section('A run', await runFigures());
section('The rehearsal', rehearsalTime());
