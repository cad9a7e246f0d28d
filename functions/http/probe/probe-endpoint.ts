import type { Finding, Judgement } from '../../../schemas/finding.ts';
import { CORRELATION_HEADERS, judgeCorrelation, newCorrelationId } from './correlation-id.ts';
import type { FailureKind } from './failure.ts';
import { type AnswerExpectation, judgeAnswer } from './judge-answer.ts';
import { CERTIFICATE_LIMITS, type CertificateLimits, judgeCertificate } from './judge-certificate.ts';
import { judgeLatency, type LatencyLimits, sample } from './latency.ts';
import type { ProbeRequest, ProbeSettings } from './probe.ts';
import { readCertificate } from './read-certificate.ts';

/** One address and all that is expected of it; what is not named is not checked. */
export interface EndpointExpectation extends AnswerExpectation {
  readonly latency?: LatencyLimits & { readonly samples: number };
  readonly certificate?: Partial<CertificateLimits>;
  /** The header that the id is sent in, and those in which one may come back. */
  readonly correlation?: { readonly send?: string; readonly expect?: readonly string[] };
}

/** A finding about an address; where it gave no answer, why. */
export interface EndpointFinding extends Finding {
  readonly failure?: FailureKind;
}

/**
 * Asks one address as often as its latency needs, and answers every check on it. The first answer that is not as it should be is
 * judged, or else the first: one bad answer in twenty is not hidden by the others.
 */
export async function probeEndpoint(
  request: ProbeRequest,
  expectation: EndpointExpectation,
  settings: ProbeSettings,
): Promise<EndpointFinding[]> {
  const { latency, certificate, correlation } = expectation;
  const id = correlation?.send === undefined ? undefined : newCorrelationId();
  const headers = { ...request.headers, ...(id === undefined ? {} : { [correlation?.send ?? '']: id }) };
  const wanted = latency?.samples ?? 1;
  const results = await sample({ ...request, headers }, settings, wanted);
  const judged = results.map((result) => judgeAnswer(result, expectation));
  const index = judged.findIndex((checks) => checks.some(({ verdict }) => verdict !== 'pass'));
  const chosen = Math.max(index, 0);
  const result = results[chosen];
  const at = new Date().toISOString();
  const named = (check: string, judgement: Judgement): EndpointFinding => ({ check, ...judgement, at });
  // Called off before the first question.
  if (result === undefined)
    return [named('answer', { verdict: 'unknown', observed: 'was not asked', expected: 'an answer' })];
  return [
    ...(judged[chosen] ?? []).map(({ check, ...judgement }) => named(check, judgement)),
    ...(latency === undefined ? [] : [named('latency', judgeLatency(results, latency, wanted))]),
    ...(correlation === undefined
      ? []
      : [named('correlation id', judgeCorrelation(result, correlation.expect ?? CORRELATION_HEADERS, id))]),
    ...(certificate === undefined
      ? []
      : [
          named(
            'certificate',
            judgeCertificate(
              await readCertificate(request.url, settings),
              { ...CERTIFICATE_LIMITS, ...certificate },
              new Date(),
            ),
          ),
        ]),
  ];
}
