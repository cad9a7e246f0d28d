import * as z from 'zod/mini';
import { CheckReport, HEALTH_DEFAULTS } from '../../schemas/health.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { settingsFor } from '../http/declared-endpoints.ts';
import { type StepTools, step } from '../step.ts';
import { CHECKING_MILLISECONDS, PATIENT } from './check-parts.ts';
import { gather } from './gather.ts';
import { lookAtAll, withinTime } from './look-at-all.ts';
import { balancerParts } from './service/look-at-balancer.ts';
import { cloudWatchParts } from './service/look-at-cloudwatch.ts';
import { endpointParts } from './service/look-at-endpoints.ts';
import { heartbeatParts } from './service/look-at-heartbeats.ts';
import { metricsPart } from './service/look-at-metrics.ts';
import { payloadParts } from './service/look-at-payload-guard.ts';
import { restartsPart, tasksPart, type Wanted } from './service/look-at-tasks.ts';

const Input = z.object({ target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Makes every check of one service (P-01, P-03, P-04, P-06 to P-08). It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-service',
  phase: 'verify',
  input: Input,
  output: CheckReport,
  run: check,
});

async function check({ target }: Input, tools: StepTools): Promise<CheckReport> {
  const at = new Date();
  const { http, errors, metrics, cloudwatch, heartbeats, tasks } = target.health ?? HEALTH_DEFAULTS;
  const settings = settingsFor(target, http.hosts);
  const findings = await withinTime(CHECKING_MILLISECONDS, tools.signal, async (signal) => {
    let wanted = 'tasks' as Wanted;
    const told = (found: Wanted) => {
      wanted = found;
    };
    const running = await lookAtAll([tasksPart(target, tasks, told)], signal, PATIENT);
    // Nobody is there to answer, and that is as it should be.
    if (wanted === 'none, as is declared') return running;
    // Alone, so that the time that answers take is theirs and not that of this function's other work.
    const answers = await lookAtAll(endpointParts(target, http, settings), signal, PATIENT);
    const others = await lookAtAll(
      [
        restartsPart(target, tasks),
        // The service's own word goes before the balancer's, where there is one.
        ...(metrics?.errorRatio === undefined ? balancerParts(target, errors) : []),
        ...(metrics === undefined ? [] : [metricsPart(target, metrics, settings)]),
        ...cloudWatchParts(cloudwatch),
        ...heartbeatParts(heartbeats),
        ...payloadParts(target, http.payload, settings),
      ],
      signal,
      PATIENT,
    );
    const all = [...running, ...answers, ...others];
    // Where there is nobody to answer, no answer is not a release's fault.
    return wanted === 'none' ? all.map(({ runbook: _, ...one }) => one) : all;
  });
  return gather(`service/${target.name}`, findings, at);
}
