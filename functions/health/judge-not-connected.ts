import type { Judgement } from '../../schemas/finding.ts';
import { RunbookError } from '../errors.ts';
import { whyNotLooked } from './why-not-looked.ts';

/** This side could not ask: no name server, no network. */
const NOT_ASKED = new Set(['EAI_AGAIN', 'ENETUNREACH']);

/**
 * Judges why a server was not connected to, or did not answer. Whoever uses it with the same address and login meets the same, so that
 * it has failed: nobody there, no answer in time, the login refused, a certificate that is not its own. What hinders this function
 * alone proves nothing.
 *
 * @throws whatever is not about the connection
 */
export function judgeNotConnected(error: unknown, expected: string): Judgement {
  if (!(error instanceof RunbookError)) throw error;
  const verdict = NOT_ASKED.has(String(error.facts.code)) ? 'unknown' : 'fail';
  const { found, next } = error.facts;
  return {
    verdict,
    observed: typeof found === 'string' ? found : whyNotLooked(error),
    expected,
    ...(typeof next === 'string' ? { next } : {}),
  };
}
