import type { Environment } from '../../schemas/names.ts';
import type { Grants } from './grants.ts';
import type { Grant } from './step-function.ts';

/** A step as it is deployed: its file, its time and exactly what it may do. */
export interface Binding {
  /** File under `functions/`, without its ending. */
  readonly entry: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly environment: ReadonlyArray<keyof typeof Environment>;
  readonly grants: (grants: Grants) => readonly Grant[];
  readonly memoryMegabytes?: number;
  readonly needsDatabase?: boolean;
  /** Answers the task tokens of runs that wait. */
  readonly answersTokens?: boolean;
}

/** Time-outs: a step makes a few calls, each bounded by its client; probes wait for up to ten answers of a service. */
export const SHORT_SECONDS = 20;
export const LONG_SECONDS = 60;
/** What Lambda allows at most. */
export const LONGEST_SECONDS = 900;
/** Manifests of thousands of tables are read as a whole. */
export const MANIFEST_MEGABYTES = 1024;
