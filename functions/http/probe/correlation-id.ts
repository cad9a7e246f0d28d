import { randomUUID } from 'node:crypto';
import type { Judgement } from '../../../schemas/finding.ts';
import { ProbeFailure } from './failure.ts';
import type { ProbeAnswer } from './probe.ts';

/** Headers in which services and load balancers say under which id a request is to be found in the logs. */
export const CORRELATION_HEADERS = [
  'x-correlation-id',
  'x-request-id',
  'request-id',
  'x-trace-id',
  'traceparent',
  'x-amzn-trace-id',
  'x-amzn-requestid',
] as const;

/** An id that is found again in the service's logs. */
export function newCorrelationId(): string {
  return `nightshift-${randomUUID()}`;
}

/**
 * Judges whether an answer carries an id (P-08).
 *
 * @param sent the id that was sent along and has to come back; where none was, any id will do
 */
export function judgeCorrelation(
  result: ProbeAnswer | ProbeFailure,
  headers: readonly string[] = CORRELATION_HEADERS,
  sent?: string,
): Judgement {
  const expected = `${sent === undefined ? 'an id' : 'the id that was sent'} in ${headers.join(' or ')}`;
  if (result instanceof ProbeFailure) return { verdict: 'unknown', observed: result.message, expected };
  const named = headers
    .map((header) => ({ header, id: result.headers[header.toLowerCase()] }))
    .filter(({ id }) => id !== undefined && String(id).trim() !== '');
  const [first] = named;
  if (first === undefined) return { verdict: 'fail', observed: 'no id', expected };
  if (sent === undefined || named.some(({ id }) => id === sent))
    return { verdict: 'pass', observed: `an id in ${first.header}`, expected };
  // The request can be found, only not by what its sender calls it.
  return { verdict: 'warn', observed: `another id in ${first.header}`, expected };
}
