import type { Finding } from '../../schemas/finding.ts';
import type { GatePolicy, GateRequirement } from '../../schemas/gate.ts';
import type { GateDecision } from '../../schemas/gate-decision.ts';
import type { Check } from '../../schemas/run.ts';
import { checkOf, letsPass } from '../health/check-of.ts';
import { gather } from '../health/gather.ts';
import { cut } from '../report/cut.ts';

/** Stands for all reported checks where they could not be read. */
export const REPORTS = 'reports';
/** Longest reason that is repeated, in characters: what was found stands in the findings too. */
const LONGEST_REASON = 300;

/**
 * Decides whether a service may be changed: all that is required has passed. What is unknown refuses unless the requirement lets it
 * pass; a reason lets an emergency pass everything over that does not hold even then.
 *
 * @param override reason of a person who said that it is an emergency
 * @param remedyOf what a person can do where a check has not passed
 */
export function decideGate(
  target: string,
  { requires }: Pick<GatePolicy, 'requires'>,
  findings: readonly Finding[],
  override: string | undefined,
  at: Date,
  remedyOf: (check: string) => string | undefined = () => undefined,
): GateDecision {
  const judged = requires
    .map((requirement) => judgedBy(requirement, findings, at))
    .map((one) => withRemedy(one, remedyOf));
  const blocking = judged.filter(({ verdict }) => !letsPass(verdict));
  const firm = new Set(requires.filter(({ evenInEmergency }) => evenInEmergency).map(({ check }) => check));
  const report = gather(target, judged, at);
  const passedOver = override !== undefined && blocking.every(({ check }) => !firm.has(check));
  // Nothing required is nothing known.
  const open = judged.length > 0 && (blocking.length === 0 || passedOver);
  return {
    ...report,
    open,
    declared: true,
    passed: open,
    checks: report.findings.map((one) => (passedOver ? inEmergency(checkOf(one)) : checkOf(one))),
    firm: blocking.flatMap(({ check }) => (firm.has(check) ? [check] : [])),
    reasons: blocking.map((one) => reasonOf(one, override !== undefined && firm.has(one.check))),
    ...(override !== undefined && passedOver && blocking.length > 0
      ? { override: { reason: override, checks: blocking.map(({ check }) => check) } }
      : {}),
  };
}

function judgedBy(requirement: GateRequirement, findings: readonly Finding[], at: Date): Finding {
  const { check, mayBeUnknown } = requirement;
  const found = findings.find((one) => one.check === check) ?? {
    check,
    verdict: 'unknown' as const,
    observed: findings.find((one) => one.check === REPORTS)?.observed ?? 'it was not looked at',
    expected: 'it passed',
    at: at.toISOString(),
  };
  return found.verdict === 'unknown' && mayBeUnknown
    ? { ...found, verdict: 'warn', observed: `${found.observed} (the configuration accepts that)` }
    : found;
}

function withRemedy(one: Finding, remedyOf: (check: string) => string | undefined): Finding {
  const next = one.verdict === 'pass' ? undefined : remedyOf(one.check);
  return next === undefined ? one : { ...one, next };
}

/** What was passed over lets pass, and stays a warning. */
function inEmergency(check: Check): Check {
  if (check.passed) return check;
  const known = check.verdict === 'unknown' ? 'not known: ' : '';
  return {
    ...check,
    passed: true,
    verdict: 'warn',
    measured: `passed over in an emergency: ${known}${check.measured}`,
  };
}

function reasonOf({ check, verdict, observed }: Finding, held: boolean): string {
  const reason = `${check}${verdict === 'unknown' ? ' is not known' : ''}: ${observed}${held ? ' (not even an emergency passes this over)' : ''}`;
  return cut(reason, LONGEST_REASON);
}
