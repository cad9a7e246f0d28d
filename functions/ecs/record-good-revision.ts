import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import type { Service } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { client } from '../clients.ts';
import {
  type ErrorRatioCheck,
  judgeErrorRatio,
  measuresErrorRatio,
  readCounts,
} from '../cloudwatch/error-ratio.ts';
import { Transient } from '../errors.ts';
import { type AskedEndpoint, type AskedService, askDeclared, untilAsked } from '../http/ask-declared.ts';
import { readService } from '../run/directory.ts';
import { type AlarmNow, alarmStates } from '../run/guards.ts';
import { logger } from '../step/observability.ts';
import { type StepTools, step } from '../step.ts';
import { describeService, primaryOf } from './describe-service.ts';
import { recordGoodRevision } from './good-revisions.ts';
import { resolvedDigests } from './image-digests.ts';
import { judgeSteadiness } from './steadiness.ts';

const cloudwatch = client(CloudWatchClient);

const Input = z.object({ service: z.string(), deploymentId: z.string(), completedAt: z.string() });
type Input = z.infer<typeof Input>;
const Output = z.object({ recorded: z.boolean(), why: z.string() });
type Output = z.infer<typeof Output>;

/** Records a revision as good, at the end of its bake time, if it has been healthy all through it and answers as declared. */
export const handler = step({
  name: 'record-good-revision',
  phase: 'verify',
  input: Input,
  output: Output,
  run: record,
});

async function record(
  { service: name, deploymentId, completedAt }: Input,
  { signal }: StepTools,
): Promise<Output> {
  const target = await readService(name);
  // First: if the deployment is still the one that runs when ECS is asked, then its tasks have answered.
  const answers = await askTwice(target, untilAsked(signal));
  const service = await describeService(target);
  const from = new Date(completedAt);
  const why = whyNotGood(
    service,
    deploymentId,
    await alarmStates(target.alarms),
    await alarmsSince(target.alarms, from),
    measuresErrorRatio(target)
      ? judgeErrorRatio(await readCounts(target, completedAt), target, new Date())
      : undefined,
    answers,
  );
  const unknown = said(answers, 'unknown');
  if (why === undefined && unknown !== '')
    throw new Transient(
      `Whether ${name} answers as it declares could not be seen: ${unknown}. Its release has not been recorded as good; it is looked at again.`,
      { deploymentId },
    );
  logger.info('bake time is over', { service: name, deploymentId, recorded: why === undefined, why });
  if (why !== undefined) return { recorded: false, why };
  const taskDefinition = primaryOf(service)?.taskDefinition ?? '';
  await recordGoodRevision({
    service: `${target.cluster}/${target.service}`,
    revision: taskDefinition,
    goodAt: new Date().toISOString(),
    deploymentId,
    imageDigests: await resolvedDigests(target, taskDefinition),
  });
  return { recorded: true, why: '' };
}

/** Why a deployment does not count as good after its bake time, or undefined when it does. */
export function whyNotGood(
  service: Pick<Service, 'deployments' | 'desiredCount' | 'runningCount' | 'pendingCount'>,
  deploymentId: string,
  alarms: readonly AlarmNow[],
  wentOff: readonly string[],
  errorRatio: ErrorRatioCheck | undefined,
  answers: ReadonlyArray<Pick<AskedEndpoint, 'name' | 'verdict' | 'measured'>>,
): string | undefined {
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY');
  if (primary?.id !== deploymentId) return 'another deployment has taken its place';
  const steadiness = judgeSteadiness(service, primary.taskDefinition ?? '');
  if (steadiness.state !== 'steady') return steadiness.why;
  const red = alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  if (red.length > 0) return `in ALARM: ${red.join(', ')}`;
  if (wentOff.length > 0) return `went off during the bake time: ${wentOff.join(', ')}`;
  // An alarm looks at the past minutes only when they are complete; the datapoints of the bake time tell by themselves. A
  // service that nobody calls has none, and is good by its health checks.
  if (errorRatio?.proof === 'too high') return `in its bake time ${errorRatio.measured}`;
  const wrong = said(answers, 'fail');
  return wrong === '' ? undefined : `does not answer as it declares: ${wrong}`;
}

/** One unlucky answer, such as that of a task which is just being replaced, must not lose a good release: what is wrong twice is wrong. */
async function askTwice(target: AskedService, signal: AbortSignal): Promise<readonly AskedEndpoint[]> {
  const first = await askDeclared(target, signal);
  return first.every(({ verdict }) => verdict === 'pass') ? first : askDeclared(target, signal);
}

function said(answers: Parameters<typeof whyNotGood>[5], wanted: AskedEndpoint['verdict']): string {
  return answers
    .filter(({ verdict }) => verdict === wanted)
    .map(({ name, measured }) => `${name}: ${measured}`)
    .join('; ');
}

/** Alarms that went off after an instant, whatever they say now. */
async function alarmsSince(names: readonly string[], from: Date): Promise<string[]> {
  const went: string[] = [];
  for (const AlarmName of names) {
    const { AlarmHistoryItems = [] } = await cloudwatch().send(
      new DescribeAlarmHistoryCommand({
        AlarmName,
        HistoryItemType: 'StateUpdate',
        StartDate: from,
        EndDate: new Date(),
      }),
    );
    if (AlarmHistoryItems.some(({ HistorySummary }) => HistorySummary?.endsWith('to ALARM')))
      went.push(AlarmName);
  }
  return went;
}
