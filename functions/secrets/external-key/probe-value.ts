import type { RotationOf } from '../../../schemas/secret.ts';
import { namesLoopback } from '../../http/probe/declared-hosts.ts';
import { ProbeFailure } from '../../http/probe/failure.ts';
import { ask } from '../adoption/ask.ts';
import { fillHeaders } from './fill-headers.ts';

type Probe = RotationOf<'external-key'>['probe'];

export type ProbeResult =
  | { readonly is: 'accepted'; readonly words: string }
  | { readonly is: 'refused'; readonly words: string }
  /** Nothing is known: whoever was asked could not be reached, or had its own troubles. */
  | { readonly is: 'unknown'; readonly words: string };

const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/** Asks the issuer of a key whether it is good. The words say where and how it was answered, nothing of the value or of the answer's body. */
export async function probeValue(probe: Probe, value: string, signal: AbortSignal): Promise<ProbeResult> {
  const url = URL.parse(probe.url);
  // A key that travels in the clear is one that has to be rotated.
  if (url === null || (url.protocol !== 'https:' && !namesLoopback(url.hostname)))
    return { is: 'refused', words: 'cannot be probed: the declared address is not HTTPS' };
  const filled = fillHeaders(probe.headers, value);
  if ('problem' in filled) return { is: 'refused', words: filled.problem };
  const answer = await ask({ url: url.href, method: probe.method, headers: filled.headers }, signal);
  if (answer instanceof ProbeFailure)
    return {
      is: answer.kind === 'refused' ? 'refused' : 'unknown',
      words: `could not be probed: ${url.host} ${answer.message}`,
    };
  const { status } = answer;
  const words = `was answered ${status} by ${url.host}`;
  if (probe.statuses.includes(status)) return { is: 'accepted', words };
  const passing = status === TOO_MANY_REQUESTS || status >= FIRST_SERVER_ERROR;
  return { is: passing ? 'unknown' : 'refused', words: `${words}, not ${probe.statuses.join(' or ')}` };
}
