import type { IncomingHttpHeaders } from 'node:http';
import { whyUndeclared } from './declared-hosts.ts';
import { type Exchange, exchange, type Head, type Question, type Receive } from './exchange.ts';
import { ProbeFailure, toFailure } from './failure.ts';
import { PROBE_LIMITS, type ProbeLimits } from './limits.ts';
import { nextQuestion } from './redirect.ts';
import { type Resolve, resolveChecked } from './resolve.ts';

/** What is asked. */
export interface ProbeRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  /** Sent to the host of `url` alone, not to one that it redirects to. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Ask whether the body is wanted before it is sent. */
  readonly expectContinue?: boolean;
}

/** Where a probe may go, and what it may take. */
export interface ProbeSettings {
  /** Declared hosts, `name` or `name:port`; no other is asked, after a redirect neither. */
  readonly hosts: readonly string[];
  /** The sandbox's services listen on loopback; on AWS the runtime's own interface does. */
  readonly allowLoopback?: boolean;
  readonly limits?: Partial<ProbeLimits>;
  /** Authorities to trust (PEM) instead of the usual ones. */
  readonly authorities?: readonly string[];
  readonly resolve?: Resolve;
  /** Calls the probe off. */
  readonly signal?: AbortSignal;
  /** Takes the body in pieces instead of keeping it; undefined for an answer that is to be kept. */
  readonly receive?: (head: Head) => Receive | undefined;
}

/** What a probe brought back. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty where the settings' `receive` took it. */
  readonly body: string;
  /** Length of the body, in bytes, as far as it was read. */
  readonly bytes: number;
  /** The body was longer than is read. */
  readonly truncated: boolean;
  /** The address that answered, and how many redirects led to it. */
  readonly url: string;
  readonly redirects: number;
  /** Of the last connection. */
  readonly connectMilliseconds: number;
  readonly firstByteMilliseconds: number;
  /** Of everything, redirects included. */
  readonly milliseconds: number;
  readonly certificateExpiresAt: Date | undefined;
}

/**
 * Asks one address over HTTP or HTTPS, bounded in time, bytes and redirects, and only hosts that are declared. It does not throw: what
 * went wrong is an answer too.
 *
 * @example
 * const result = await probe({ url: 'https://api.example.com/health' }, { hosts: ['api.example.com'] });
 * if (result instanceof ProbeFailure) console.log(result.message);
 */
export async function probe(
  request: ProbeRequest,
  settings: ProbeSettings,
): Promise<ProbeAnswer | ProbeFailure> {
  const limits = { ...PROBE_LIMITS, ...settings.limits };
  const whole = new AbortController();
  const timer = setTimeout(
    () =>
      whole.abort(
        new ProbeFailure('timeout', `did not answer within ${limits.wholeMilliseconds} ms as a whole`),
      ),
    limits.wholeMilliseconds,
  );
  const callOff = () =>
    whole.abort(new ProbeFailure('not asked', 'was not asked to the end: the time was up'));
  settings.signal?.addEventListener('abort', callOff, { once: true });
  if (settings.signal?.aborted) callOff();
  try {
    return await follow(firstQuestion(request), { ...settings, limits, signal: whole.signal });
  } catch (error) {
    return toFailure(error);
  } finally {
    clearTimeout(timer);
    settings.signal?.removeEventListener('abort', callOff);
  }
}

type Settings = ProbeSettings & { readonly limits: ProbeLimits; readonly signal: AbortSignal };

async function follow(first: Question, settings: Settings): Promise<ProbeAnswer> {
  const started = performance.now();
  const seen: Question[] = [];
  let question = first;
  for (;;) {
    seen.push(question);
    const chunks: Buffer[] = [];
    const answer = await ask(question, settings, (chunk) => void chunks.push(chunk)).catch((error) => {
      const guarded = seen.length > 1 && error instanceof ProbeFailure && error.kind === 'refused';
      throw guarded ? new ProbeFailure('redirects', `redirects to an address that ${error.message}`) : error;
    });
    const next = settings.limits.redirects === 0 ? undefined : nextQuestion(answer, question);
    if (next === undefined)
      return {
        ...answer,
        body: Buffer.concat(chunks).toString('utf8'),
        url: question.url.href,
        redirects: seen.length - 1,
        milliseconds: performance.now() - started,
      };
    if (seen.some(({ url, method }) => url.href === next.url.href && method === next.method))
      throw new ProbeFailure('redirects', `redirects in a loop (${seen.length} steps)`);
    if (seen.length > settings.limits.redirects)
      throw new ProbeFailure('redirects', `redirects more than ${settings.limits.redirects} times`);
    const why = whyUndeclared(next.url, settings.hosts);
    if (why !== undefined) throw new ProbeFailure('redirects', `redirects to an address that ${why}`);
    question = next;
  }
}

async function ask(question: Question, settings: Settings, keep: Receive): Promise<Exchange> {
  const { limits, signal } = settings;
  const why = whyUndeclared(question.url, settings.hosts);
  if (why !== undefined) throw new ProbeFailure('refused', `may not be asked: it ${why}`);
  const addresses = await withinTime(
    resolveChecked(
      question.url.hostname,
      { allowLoopback: settings.allowLoopback ?? false },
      settings.resolve,
    ),
    limits.connectMilliseconds,
    signal,
  );
  return exchange(question, {
    addresses,
    limits,
    signal,
    authorities: settings.authorities,
    receive: (head) => settings.receive?.(head) ?? keep,
  });
}

/** A look-up cannot be called off; what it says later is not heard. */
async function withinTime<T>(work: Promise<T>, milliseconds: number, signal: AbortSignal): Promise<T> {
  const gone = Promise.withResolvers<never>();
  const onAbort = () => gone.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const timer = setTimeout(
    () =>
      gone.reject(
        new ProbeFailure('lookup', `has a host name that was not looked up within ${milliseconds} ms`),
      ),
    milliseconds,
  );
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function firstQuestion({
  url,
  method = 'GET',
  headers = {},
  body,
  expectContinue = false,
}: ProbeRequest): Question {
  const parsed = URL.parse(url);
  if (parsed === null) throw new ProbeFailure('refused', 'may not be asked: it is not an address');
  return {
    url: parsed,
    method,
    headers: {
      accept: 'application/json',
      // Nothing that needs unpacking is asked for; who sends it all the same is understood.
      'accept-encoding': 'identity',
      'user-agent': 'nightshift-probe',
      ...headers,
    },
    body,
    expectContinue,
  };
}
