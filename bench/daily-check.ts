import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { LIST_PRICES } from '../functions/report/cost.ts';
import { createClients } from '../rehearsal/clients.ts';
import { DEFAULT_SPEED } from '../rehearsal/rehearse.ts';
import { type Demo, startDemo } from '../rehearsal/start-demo.ts';
import { Parameter } from '../schemas/names.ts';
import { type DailyCheck, runDailyCheck } from '../test/support/daily-check.ts';
import { declareServices } from '../test/support/many-services.ts';
import { type Invocation, invocations } from './invocations.ts';
import { percentile, table } from './statistics.ts';

const STACK = 'demo';
const HOW_MANY = { all: 500, broken: 40, slow: 10 };
/** So many are checked one after another; the kinds of trouble have about the same share in them as in all. */
const SAMPLE = 50;
/** A child of a distributed Map: its start, the choice of the step, and the step. */
const TRANSITIONS_PER_CHECK = 3;
/** Of an Express execution in its place: one request, and its time in chunks of 64 MB. @see https://aws.amazon.com/step-functions/pricing/ */
const EXPRESS = { request: 1 / 1_000_000, gigabyteSecond: 0.00001667, gigabytes: 64 / 1024 };
/** One that is strongly consistent, of an item of 4 KB at most. @see https://aws.amazon.com/dynamodb/pricing/on-demand/ */
const TABLE_READ = 0.125 / 1_000_000;

/** The daily check of five hundred services, of which forty are broken and ten do not answer. */
export async function dailyChecks(): Promise<string> {
  const demo = await startDemo({ speed: DEFAULT_SPEED });
  try {
    const services = await declareServices(createClients().ssm, HOW_MANY);
    try {
      const day = await runDailyCheck(demo);
      const broken = day.judged.targets.filter(({ verdict }) => verdict === 'fail').length;
      if (broken !== HOW_MANY.broken + HOW_MANY.slow)
        throw new Error(`The daily check calls ${broken} broken.`);
      const invoked = await invocations(demo.sandbox, STACK);
      const oneByOne = await checkOneByOne(demo, services.names.slice(0, SAMPLE));
      return [times(day, invoked, oneByOne), memory(invoked), cost(day, invoked), size(day)].join('\n\n');
    } finally {
      await services.close();
    }
  } finally {
    await demo.close();
  }
}

const checksOf = (invoked: ReadonlyMap<string, readonly Invocation[]>) => invoked.get('CheckService') ?? [];
const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(milliseconds < 1000 ? 2 : 1);

function times(
  { history }: DailyCheck,
  invoked: ReadonlyMap<string, readonly Invocation[]>,
  oneByOne: readonly number[],
): string {
  const checks = checksOf(invoked).map(({ milliseconds }) => milliseconds);
  const slowest = Math.max(...checks);
  const entered = (name: string) => at(history.find((one) => one.stateEnteredEventDetails?.name === name));
  const whole = at(history.at(-1)) - at(history[0]);
  const side = entered('judge-health') - entered('check-targets');
  const sample = oneByOne.reduce((sum, one) => sum + one, 0);
  const all = (sample / oneByOne.length) * checks.length;
  const row = (what: string, milliseconds: number) => [
    what,
    seconds(milliseconds),
    (milliseconds / slowest).toFixed(2),
  ];
  return table(
    [
      `${checks.length} services, ${HOW_MANY.broken} broken, ${HOW_MANY.slow} do not answer`,
      's',
      '× slowest check',
    ],
    [
      row('the slowest single check', slowest),
      row('the median check', percentile(checks, 50)),
      row('all checks side by side', side),
      row('the whole run', whole),
      row('of that, the steps before and after the checks', whole - side),
      row(`one after another (${oneByOne.length} measured: ${seconds(sample)} s)`, all),
    ],
  );
}

const at = (event: HistoryEvent | undefined) => event?.timestamp?.getTime() ?? Number.NaN;

function memory(invoked: ReadonlyMap<string, readonly Invocation[]>): string {
  const rows = ['PlanHealthCheck', 'CheckService', 'JudgeHealth', 'ReportHealth'].map((step) => {
    const all = invoked.get(step) ?? [];
    return [
      step,
      String(all.length),
      String(all.filter(({ startMilliseconds }) => startMilliseconds !== undefined).length),
      String(Math.max(...all.map(({ usedMegabytes }) => usedMegabytes))),
      String(all[0]?.megabytes),
    ];
  });
  return table(['function', 'invocations', 'environments', 'peak memory, MB', 'given, MB'], rows);
}

function cost(
  { history, kept, record }: DailyCheck,
  invoked: ReadonlyMap<string, readonly Invocation[]>,
): string {
  const own = history.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails !== undefined).length;
  const checks = checksOf(invoked);
  const all = [...invoked.values()].flat();
  const gigabyteSeconds = all.reduce(
    (sum, { billedMilliseconds, megabytes }) => sum + (billedMilliseconds / 1000) * (megabytes / 1024),
    0,
  );
  const transitions = own + checks.length * TRANSITIONS_PER_CHECK;
  const express = checks.reduce(
    (sum, { milliseconds }) =>
      sum + EXPRESS.request + (milliseconds / 1000) * EXPRESS.gigabytes * EXPRESS.gigabyteSecond,
    own * LIST_PRICES.stateTransition,
  );
  const parts = {
    [`${transitions} state transitions`]: transitions * LIST_PRICES.stateTransition,
    [`${all.length} invocations, ${gigabyteSeconds.toFixed(0)} GB-seconds`]:
      all.length * LIST_PRICES.lambdaRequest + gigabyteSeconds * LIST_PRICES.lambdaGigabyteSecond,
    [`${kept.size} objects written`]: kept.size * LIST_PRICES.s3Put,
    'readiness of each service read': checks.length * TABLE_READ,
    'table writes and notice':
      (2 * record.checks.length + 20) * LIST_PRICES.tableWrite + 2 * LIST_PRICES.notice,
  };
  const sum = Object.values(parts).reduce((total, one) => total + one, 0);
  return [
    table(
      ['cost of one run at list prices', '$'],
      [
        ...Object.entries(parts).map(([what, dollars]) => [what, dollars.toFixed(5)]),
        ['in all', sum.toFixed(4)],
        ['the transitions as Express executions instead', express.toFixed(5)],
      ],
    ),
  ].join('\n');
}

function size({ history, record, report, judged, kept }: DailyCheck): string {
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(0);
  const states = history.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.input ?? '');
  const under = [...kept].filter(([key]) => key.includes(`${judged.runId}/`) && key.startsWith('health/'));
  return table(
    ['size', 'KB', 'limit, KB'],
    [
      ['largest state', kilobytes(Math.max(...states.map((one) => Buffer.byteLength(one)))), '256'],
      ['record of the run', kilobytes(Buffer.byteLength(JSON.stringify(record))), '400'],
      ['report', kilobytes(Buffer.byteLength(report)), '–'],
      [
        `what is kept of the run in S3 (${under.length} objects)`,
        kilobytes(sumOf(under.map(([, one]) => one))),
        '–',
      ],
      ['kept for the next day', kilobytes(kept.get('health/latest.json') ?? Number.NaN), '–'],
      ['events of its history (not KB)', String(history.length), '25,000'],
    ],
  );
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);

/** Milliseconds that each check takes when nothing else is checked; the function is warm. */
async function checkOneByOne({ sandbox }: Demo, names: readonly string[]): Promise<number[]> {
  const { ssm } = createClients();
  const lambda = new LambdaClient({});
  const FunctionName = Object.entries(sandbox.resources[STACK] ?? {}).find(([id]) =>
    /^NightshiftStepsCheckServiceFunction[0-9A-F]{8}$/.test(id),
  )?.[1];
  const times: number[] = [];
  for (const name of names) {
    const { Parameter: found } = await ssm.send(
      new GetParameterCommand({ Name: Parameter.target('nightshift', 'service', name) }),
    );
    const target = JSON.parse(found?.Value ?? '{}');
    const payload = { run: { id: 'one-by-one' }, target, state: 'check-service' };
    const begun = performance.now();
    const { FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    if (FunctionError !== undefined) throw new Error(`The check of ${name} failed: ${FunctionError}`);
    times.push(performance.now() - begun);
  }
  return times;
}
