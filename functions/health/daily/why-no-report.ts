import { shorten } from './shorten.ts';

/** Longest part of a message that is repeated, in characters: it may be of anybody. */
const LONGEST_MESSAGE = 120;

/** Whether a name of an error, or what Lambda says with it, means that time was over. */
const LATE = /timed ?out|timeout/i;
const THROTTLED = /TooManyRequests|Throttl|RequestLimitExceeded/i;

/**
 * Why there is no report of a target, from the way in which its execution ended.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function whyNoReport(ended: {
  readonly status?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): string {
  const { status = '', error = '', cause = '' } = ended;
  if (status === 'PENDING') return 'its check was never begun';
  if (status === 'ABORTED') return 'its check was stopped';
  const message = messageOf(cause);
  if (status === 'TIMED_OUT' || LATE.test(error) || (error === 'Lambda.Unknown' && LATE.test(message)))
    return 'its check did not end in time';
  if (THROTTLED.test(error)) return `its check was throttled, again and again (${shorten(error, 60)})`;
  const name = error === '' ? 'no error is named' : shorten(error, 60);
  const what = message === '' ? name : `${name}: ${shorten(message, LONGEST_MESSAGE)}`;
  return error.startsWith('Lambda.')
    ? `Lambda could not run its check (${what})`
    : `its check failed (${what})`;
}

/** Step Functions gives a function's error as JSON. */
function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof errorMessage === 'string') return errorMessage;
  } catch {
    // A plain text.
  }
  return cause;
}
