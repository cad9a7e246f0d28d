// Synthesizes the demonstration into the folder that it is told.
import { synthesizeDemo } from '../../rehearsal/synthesize.ts';

synthesizeDemo(process.argv[2] as string);
