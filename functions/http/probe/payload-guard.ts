import type { Judgement } from '../../../schemas/finding.ts';
import type { ProbeFailure } from './failure.ts';
import { type ProbeAnswer, type ProbeRequest, type ProbeSettings, probe } from './probe.ts';

/** No more than this is sent to find out whether too much is refused, in bytes. */
export const LARGEST_BODY = 64 * 1_048_576;
/** The server says that it does not know `Expect: 100-continue`. */
const EXPECTATION_FAILED = 417;

/** A JSON text of exactly so many bytes; it holds nothing but padding. */
export function bodyOfSize(bytes: number): Buffer {
  const [head, tail] = ['{"padding":"', '"}'];
  const padding = bytes - head.length - tail.length;
  if (!(padding >= 0 && bytes <= LARGEST_BODY))
    throw new RangeError(`A body has ${head.length + tail.length} to ${LARGEST_BODY} bytes, not ${bytes}.`);
  return Buffer.from(`${head}${'x'.repeat(padding)}${tail}`);
}

/** A JSON list of so many copies of one item, under a key where one is given. */
export function batchOf(item: unknown, count: number, key?: string): Buffer {
  const one = JSON.stringify(item);
  if (!(Number.isInteger(count) && count > 0 && (Buffer.byteLength(one) + 1) * count < LARGEST_BODY))
    throw new RangeError(`A batch of ${count} items of ${one.length} characters is not sent.`);
  const list = `[${Array<string>(count).fill(one).join(',')}]`;
  return Buffer.from(key === undefined ? list : `{${JSON.stringify(key)}:${list}}`);
}

/** Sends a body that should be refused (P-07), once more without `Expect` where the server does not know it. */
export async function sendOversized(
  request: ProbeRequest & { readonly body: Buffer },
  settings: ProbeSettings,
): Promise<ProbeAnswer | ProbeFailure> {
  const headers = { 'content-type': 'application/json', ...request.headers };
  const ask = (expectContinue: boolean) =>
    probe({ method: 'POST', ...request, headers, expectContinue }, settings);
  const result = await ask(true);
  return result.status === EXPECTATION_FAILED ? ask(false) : result;
}

/**
 * Judges what came back. A server may refuse, and then close while the body is still on its way: the status counts if it was seen. A
 * connection that was only broken off kept the body out, but told the caller nothing.
 *
 * @param statuses that refuse: 413 for a body, 400, 413 or 422 for a batch
 */
export function judgeRefusal(
  result: ProbeAnswer | ProbeFailure,
  sent: string,
  statuses: readonly number[] = [413],
): Judgement {
  const expected = `${sent} is refused with status ${statuses.join(' or ')}`;
  if (result.status !== undefined)
    return {
      verdict: statuses.includes(result.status) ? 'pass' : 'fail',
      observed: `status ${result.status}`,
      expected,
    };
  const { kind, message } = result as ProbeFailure;
  if (kind === 'reset') return { verdict: 'warn', observed: message, expected };
  return { verdict: 'unknown', observed: message, expected };
}
