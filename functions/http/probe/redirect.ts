import type { Head, Question } from './exchange.ts';
import { ProbeFailure } from './failure.ts';

/** Redirects that clients follow by themselves. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that are ours and tell nothing. */
const HARMLESS = new Set(['accept', 'accept-encoding', 'user-agent']);

/** What a redirect asks for, or undefined when the answer is none. What leads from HTTPS to plain HTTP is not followed. */
export function nextQuestion({ status, headers }: Head, question: Question): Question | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const url = URL.parse(location, question.url.href);
  if (url === null)
    throw new ProbeFailure('redirects', 'redirects to something that is not an address', status);
  if (question.url.protocol === 'https:' && url.protocol === 'http:')
    throw new ProbeFailure('redirects', 'redirects from HTTPS to plain HTTP', status);
  // A fragment is the client's own affair, and would make a loop look like progress.
  url.hash = '';
  const sent = Object.entries(question.headers).filter(
    ([name]) => url.origin === question.url.origin || HARMLESS.has(name.toLowerCase()),
  );
  // As browsers do: only 307 and 308 ask for the same again.
  const again = status >= 307 || question.method === 'HEAD';
  return {
    url,
    method: again ? question.method : 'GET',
    headers: Object.fromEntries(sent),
    body: again ? question.body : undefined,
    expectContinue: again && question.expectContinue,
  };
}
