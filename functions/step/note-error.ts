import { setTimeout as pause } from 'node:timers/promises';
import { Environment, type Phase } from '../../schemas/names.ts';
import { RunbookError } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { logger } from './observability.ts';

/** The deadline's margin is a second; the note takes less of it. Milliseconds. */
const LONGEST_NOTE_MILLISECONDS = 700;

/**
 * Notes an error in the audit log of its run. Whatever happens here, the error itself is what counts: a log that cannot be
 * written is only told to the function's own log.
 */
export async function noteError(
  runId: string,
  from: { readonly step: string; readonly phase: Phase },
  error: Error,
): Promise<void> {
  if (!process.env[Environment.runTable]) return;
  const facts = error instanceof RunbookError ? error.facts : {};
  const note = audit(runId, from, 'error', error.message, { error: error.name, ...facts }).catch(
    (failed: unknown) => logger.warn('the error is not in the audit log', { why: (failed as Error).name }),
  );
  await Promise.race([note, pause(LONGEST_NOTE_MILLISECONDS, undefined, { ref: false })]);
}
