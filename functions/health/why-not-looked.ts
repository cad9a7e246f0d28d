import { RunbookError } from '../errors.ts';
import { isTransient } from '../step/map-error.ts';
import { redact } from '../step/redact.ts';

/** Longest part of a message of AWS that is repeated, in characters. */
const LONGEST_MESSAGE = 160;
const DENIED = /^(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|KMSAccessDenied)/;

/** Why a check could not be made, as the end of a sentence about it. Messages of other places may quote values and are left out. */
export function whyNotLooked(thrown: unknown): string {
  if (thrown instanceof RunbookError) return redact(thrown.message).replace(/\.$/, '');
  const error = (thrown instanceof Error ? thrown : new Error()) as Error & {
    $metadata?: object;
    code?: string;
  };
  if (error.name === 'AbortError') return 'there was no time left to look';
  if (DENIED.test(error.name)) return `this function may not look: ${shortened(error.message)}`;
  if (isTransient(error)) return `AWS did not answer just now (${error.code ?? error.name})`;
  if (error.$metadata !== undefined)
    return `AWS refused the question (${error.name}: ${shortened(error.message)})`;
  return `it went wrong in a way that was not foreseen (${error.name})`;
}

function shortened(message: string): string {
  const text = redact(message);
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}
