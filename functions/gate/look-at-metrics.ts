import { type Finding, gravest, type Judgement } from '../../schemas/finding.ts';
import { HEALTH_DEFAULTS } from '../../schemas/health.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { windowBefore } from '../cloudwatch/judge-window.ts';
import { finding } from '../health/findings.ts';
import { lookAtAll, type Part } from '../health/look-at-all.ts';
import { balancerParts, LATE_SECONDS, PERIOD_SECONDS } from '../health/service/look-at-balancer.ts';
import { cloudWatchParts } from '../health/service/look-at-cloudwatch.ts';
import { metricsPart } from '../health/service/look-at-metrics.ts';
import { settingsFor } from '../http/declared-endpoints.ts';
import { type AlarmNow, alarmStates } from '../run/guards.ts';

const CHECK = 'metrics-healthy';
const EXPECTED = 'no alarm is red, and the metrics of the service are within their limits';

/** Alarms, errors and the configuration's own metrics of a service, as one finding. */
export function metricsHealthyPart(target: ServiceTarget): Part {
  const { http, errors, metrics, cloudwatch } = target.health ?? HEALTH_DEFAULTS;
  return {
    kind: 'gate',
    check: CHECK,
    expected: EXPECTED,
    look: async (signal) => {
      // The service's own word goes before the balancer's, where there is one.
      const counted = metrics?.errorRatio === undefined ? balancerParts(target, errors) : [];
      const parts = [
        ...(target.alarms.length === 0 ? [] : [alarmsPart(target.alarms)]),
        ...counted,
        ...(metrics === undefined ? [] : [metricsPart(target, metrics, settingsFor(target, http.hosts))]),
        ...cloudWatchParts(cloudwatch),
      ];
      const { end } = windowBefore(new Date(), LATE_SECONDS, PERIOD_SECONDS, 1);
      return [together(await lookAtAll(parts, signal), counted.length === 0 ? undefined : end)];
    },
  };
}

function alarmsPart(names: readonly string[]): Part {
  const expected = 'no alarm is red';
  return {
    kind: 'gate',
    check: 'alarms',
    expected,
    look: async () => {
      return [finding('gate', 'alarms', judgeAlarms(names, await alarmStates(names), expected))];
    },
  };
}

function judgeAlarms(names: readonly string[], states: readonly AlarmNow[], expected: string): Judgement {
  const stateOf = (name: string) => states.find((one) => one.name === name)?.state;
  const red = names.filter((name) => stateOf(name) === 'ALARM');
  if (red.length > 0) return { verdict: 'fail', observed: `red: ${red.join(', ')}`, expected };
  const silent = names.filter((name) => stateOf(name) !== 'OK');
  if (silent.length === 0) return { verdict: 'pass', observed: `none of ${names.length} is red`, expected };
  const what = silent.map(
    (name) => `${name} ${stateOf(name) === undefined ? 'does not exist' : 'has no data'}`,
  );
  return { verdict: 'unknown', observed: what.join(', '), expected };
}

/**
 * All findings as one: what is not well is told, and the gravest counts.
 *
 * @param until up to when the load balancer's requests were counted: the youngest are not told of yet
 */
export function together(findings: readonly Finding[], until?: Date): Finding {
  const verdict = gravest(findings.map((one) => one.verdict));
  const told = verdict === 'pass' ? findings : findings.filter((one) => one.verdict !== 'pass');
  const counted =
    until === undefined ? '' : `; requests were counted until ${until.toISOString().slice(11, 16)}Z`;
  return finding('gate', CHECK, {
    verdict,
    observed:
      told.length === 0
        ? 'there is no metric to look at'
        : `${told.map(({ check, observed }) => `${check}: ${observed}`).join('; ')}${counted}`,
    expected: EXPECTED,
  });
}
