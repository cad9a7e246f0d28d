import type { Finding } from '../../schemas/finding.ts';
import { READINESS_QUESTIONS, type ReadinessQuestion } from '../../schemas/readiness.ts';
import type { ReadinessReport } from '../../schemas/readiness-report.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { checkOf, letsPass } from '../health/check-of.ts';
import { gather } from '../health/gather.ts';
import { cut } from '../report/cut.ts';
import { remedyOf } from './remedies.ts';

/** Longest line in a report of many services, in characters. */
const LONGEST_LINE = 300;

/** What was found of a service, as one report in the order of the questions. It is ready where nothing failed and nothing is unknown. */
export function readinessReport(
  service: Pick<ServiceTarget, 'name' | 'database'>,
  findings: readonly Finding[],
  mayBeUnknown: readonly ReadinessQuestion[],
  at: Date,
): ReadinessReport {
  const place = ({ check }: Finding) => READINESS_QUESTIONS.indexOf(check as ReadinessQuestion);
  const report = gather(
    `service/${service.name}`,
    findings
      .map((one) => withRemedy(accepted(one, mayBeUnknown), service))
      .toSorted((left, right) => place(left) - place(right)),
    at,
  );
  const passed = letsPass(report.verdict);
  return {
    ...report,
    passed,
    checks: report.findings.map(checkOf),
    line: readinessLine(report.target, passed, report.findings),
  };
}

function accepted(one: Finding, mayBeUnknown: readonly ReadinessQuestion[]): Finding {
  if (one.verdict !== 'unknown' || !mayBeUnknown.includes(one.check as ReadinessQuestion)) return one;
  return { ...one, verdict: 'warn', observed: `${one.observed} (the configuration accepts that)` };
}

function withRemedy(one: Finding, service: Pick<ServiceTarget, 'database'>): Finding {
  const next = one.verdict === 'pass' ? undefined : remedyOf(one.check as ReadinessQuestion, service);
  return next === undefined ? one : { ...one, next };
}

/** `service/api is ready to be rolled back: api:12, good since …`, or what is in the way, gravest first. */
export function readinessLine(target: string, passed: boolean, findings: readonly Finding[]): string {
  const of = (wanted: Finding['verdict']) =>
    findings
      .filter(({ verdict }) => verdict === wanted)
      .map(({ check, observed }) => `${check}${wanted === 'unknown' ? ' not known' : ''}: ${observed}`);
  const revision =
    findings.find(({ check }) => check === 'revision')?.observed ?? 'its last known good revision';
  const warnings = of('warn').filter((text) => !text.startsWith('revision: '));
  const line = passed
    ? [`${target} is ready to be rolled back: ${revision}`, ...warnings].join('; ')
    : `${target} is NOT ready to be rolled back: ${[...of('fail'), ...of('unknown')].join('; ') || 'nothing was looked at'}`;
  return cut(line, LONGEST_LINE);
}
