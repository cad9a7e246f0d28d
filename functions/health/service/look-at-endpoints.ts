import { type Finding, gravest } from '../../../schemas/finding.ts';
import type { HttpHealth } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { bodyWords } from '../../http/body-words.ts';
import { type DeclaredEndpoint, declaredEndpoints } from '../../http/declared-endpoints.ts';
import type { FailureKind } from '../../http/probe/failure.ts';
import type { ProbeSettings } from '../../http/probe/probe.ts';
import {
  type EndpointExpectation,
  type EndpointFinding,
  probeEndpoint,
} from '../../http/probe/probe-endpoint.ts';
import { finding } from '../findings.ts';
import type { CheckKind } from '../handled-by.ts';
import type { Part } from '../look-at-all.ts';

/** Liveness, readiness and further addresses of a service, its certificate and its correlation id (P-01, P-08). */
export function endpointParts(target: ServiceTarget, http: HttpHealth, settings: ProbeSettings): Part[] {
  const ofLiveness: EndpointExpectation = {
    ...(target.baseUrl.startsWith('https:') ? { certificate: http.certificate } : {}),
    ...(http.correlation === undefined
      ? {}
      : { correlation: http.correlation as EndpointExpectation['correlation'] & {} }),
  };
  const ofReadiness: EndpointExpectation = {
    latency: {
      samples: http.samples,
      p50Milliseconds: target.latencyLimitMilliseconds,
      p95Milliseconds: http.p95Milliseconds,
    },
  };
  const limits = { ...settings.limits, redirects: http.redirects };
  const part = ({ name, path, expectation }: DeclaredEndpoint, more: EndpointExpectation = {}): Part => ({
    kind: 'answer',
    check: name,
    expected: `an answer of ${path}`,
    look: async (signal) => {
      const url = `${target.baseUrl}${path}`;
      const found = await probeEndpoint(
        { url },
        { ...expectation, ...more },
        { ...settings, limits, signal },
      );
      return folded(found).map((one) => named(name, path, one));
    },
  });
  const [liveness, readiness, ...others] = declaredEndpoints(target, http);
  return [part(liveness, ofLiveness), part(readiness, ofReadiness), ...others.map((one) => part(one))];
}

const KINDS: Readonly<Record<string, CheckKind>> = {
  latency: 'latency',
  certificate: 'certificate',
  'correlation id': 'correlation',
};

/** Of these no release is the cause, and an older one would not mend them. */
const NOT_THE_RELEASE: Readonly<Partial<Record<FailureKind, CheckKind>>> = {
  certificate: 'certificate',
  lookup: 'name',
};

/** What an answer holds is told with the answer: one thing to read, and to mend. */
function folded(found: readonly EndpointFinding[]): EndpointFinding[] {
  const isOfBody = ({ check }: EndpointFinding) => check.startsWith('$');
  const held = found.filter(isOfBody);
  const answer = found.find(({ check }) => check === 'answer');
  if (answer === undefined || held.length === 0) return [...found];
  const wrong = held.filter(({ verdict }) => verdict !== 'pass');
  const expected = [answer.expected, ...held.map((one) => one.expected)].join(', ');
  // Of an answer that is none, or another one, nobody expects what a good one holds.
  const whole =
    answer.verdict !== 'pass' || wrong.length === 0
      ? answer
      : {
          ...answer,
          verdict: gravest(wrong.map(({ verdict }) => verdict)),
          observed: `${answer.observed}, but ${[...new Set(wrong.map(bodyWords))].join(', ')}`,
        };
  return [{ ...whole, expected }, ...found.filter((one) => one !== answer && !isOfBody(one))];
}

/** Under the name by which a report tells it from those of other addresses. */
function named(name: string, path: string, { check, at, failure, ...judgement }: EndpointFinding): Finding {
  const own = check === 'answer' ? name : check === 'readiness' ? `${name}: checks` : `${name}: ${check}`;
  const shared = check === 'certificate' || check === 'correlation id';
  const observed = check === 'answer' ? `${path} ${withVerb(judgement.observed)}` : judgement.observed;
  const kind = KINDS[check] ?? NOT_THE_RELEASE[failure ?? 'protocol'] ?? 'answer';
  return finding(kind, shared ? check : own, { ...judgement, observed }, new Date(at));
}

/** `status 200` is what was answered; a failure is a sentence's end already. */
const withVerb = (observed: string) => observed.replace(/^status /, 'answered ');
