import type { Finding } from '../../schemas/finding.ts';
import { logger } from '../step/observability.ts';
import { askAgain } from './ask-again.ts';
import { finding } from './findings.ts';
import type { CheckKind } from './handled-by.ts';
import { whyNotLooked } from './why-not-looked.ts';

/** Something that is looked at by itself: whatever becomes of it, the others are looked at too. */
export interface Part {
  readonly kind: CheckKind;
  /** Name and wording of the one finding that stands for it where it could not be looked at. */
  readonly check: string;
  readonly expected: string;
  readonly look: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

/**
 * Looks at all parts side by side. What fails or is not ready when the signal aborts is unknown.
 *
 * @param patient asks again for a while where AWS throttles, because hundreds of others are looked at too
 */
export async function lookAtAll(
  parts: readonly Part[],
  signal: AbortSignal,
  { patient = false }: { readonly patient?: boolean } = {},
): Promise<Finding[]> {
  const late = Promise.withResolvers<never>();
  const onAbort = () => late.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  // Nobody may be waiting for it.
  late.promise.catch(() => {});
  if (signal.aborted) onAbort();
  const look = async ({ kind, check, expected, look }: Part): Promise<readonly Finding[]> => {
    try {
      const once = async () => look(signal);
      const looked = signal.aborted ? late.promise : patient ? askAgain(once, signal) : once();
      return await Promise.race([looked, late.promise]);
    } catch (error) {
      logger.warn('a check could not be made', { check, why: (error as Error).name });
      return [finding(kind, check, { verdict: 'unknown', observed: whyNotLooked(error), expected })];
    }
  };
  try {
    return (await Promise.all(parts.map(look))).flat();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Does something with a signal that aborts when the time is over, or when the other signal does. */
export async function withinTime<Result>(
  milliseconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const inner = new AbortController();
  const timer = setTimeout(() => inner.abort(), milliseconds);
  try {
    return await work(AbortSignal.any([inner.signal, outer]));
  } finally {
    clearTimeout(timer);
  }
}
