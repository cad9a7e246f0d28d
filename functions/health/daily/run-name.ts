import { createHash } from 'node:crypto';
import type { WantedRun } from '../../../schemas/daily-health.ts';

/** Of an execution. Characters. */
const LONGEST_NAME = 80;
const HASH_LENGTH = 12;

/**
 * Name of a run that a daily check starts: always the same for one check, target and runbook, so that a step which runs twice starts one
 * run, and never the same for two of them.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function runName(
  by: string,
  { runbook, kind, name }: Pick<WantedRun, 'runbook' | 'kind' | 'name'>,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([by, runbook, kind, name]))
    .digest('hex')
    .slice(0, HASH_LENGTH);
  const words = `${runbook}-${name}`.replaceAll(/[^A-Za-z0-9_-]+/g, '-');
  return `${words.slice(0, LONGEST_NAME - HASH_LENGTH - 1)}-${hash}`;
}
