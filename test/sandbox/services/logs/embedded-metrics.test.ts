import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCloudWatchService } from '../../../../sandbox/services/cloudwatch/cloudwatch-service.ts';
import { embeddedMetrics } from '../../../../sandbox/services/logs/embedded-metrics.ts';
import { createLogsService } from '../../../../sandbox/services/logs/logs-service.ts';
import { startServices } from '../start-services.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;
const DIRECTIVE = {
  Namespace: 'Nightshift',
  Dimensions: [['service'], ['service', 'step'], []],
  Metrics: [{ Name: 'Duration', Unit: 'Milliseconds' }, { Name: 'Runs' }],
};
const line = (record: object = {}, directive: object = {}) =>
  JSON.stringify({
    _aws: { Timestamp: NOW - 1000, CloudWatchMetrics: [{ ...DIRECTIVE, ...directive }] },
    service: 'restore',
    step: 'await',
    Duration: [12, 15],
    Runs: 3,
    message: 'done',
    ...record,
  });

describe('a line in the embedded metric format', () => {
  test('has a datum for each value and set of dimensions', () => {
    const data = embeddedMetrics(line(), NOW);
    const of = (name: string, value: number, dimensions: object, unit?: string) => ({
      namespace: 'Nightshift',
      name,
      dimensions,
      value,
      at: NOW - 1000,
      ...(unit ? { unit } : {}),
    });
    const sets = [{ service: 'restore' }, { service: 'restore', step: 'await' }, {}];
    expect(data).toEqual(
      sets.flatMap((set) => [
        of('Duration', 12, set, 'Milliseconds'),
        of('Duration', 15, set, 'Milliseconds'),
        of('Runs', 3, set),
      ]),
    );
  });

  test.each([
    ['other text', 'nothing "_aws" here'],
    ['JSON that is no object', '"_aws"'],
    ['no time', JSON.stringify({ _aws: { CloudWatchMetrics: [DIRECTIVE] }, service: 'a', Runs: 1 })],
    ['no directives', JSON.stringify({ _aws: { Timestamp: NOW, CloudWatchMetrics: 'x' }, Runs: 1 })],
    ['a directive without metrics', line({}, { Metrics: undefined })],
    ['a directive that is nothing', JSON.stringify({ _aws: { Timestamp: NOW, CloudWatchMetrics: [null] } })],
    ['a value that is no number', line({ Duration: '12', Runs: undefined })],
    ['a dimension that is not there', line({ service: undefined }, { Dimensions: [['service']] })],
    ['a time long ago', line({ _aws: { Timestamp: NOW - 15 * DAY, CloudWatchMetrics: [DIRECTIVE] } })],
    ['a time far off', line({ _aws: { Timestamp: NOW + DAY, CloudWatchMetrics: [DIRECTIVE] } })],
  ])('has none with %s', (_what, text) => {
    expect(embeddedMetrics(text, NOW)).toEqual([]);
  });
});

describe('metrics', () => {
  let services: Awaited<ReturnType<typeof startServices>>;
  let client: cloudwatch.CloudWatchClient;
  beforeAll(async () => {
    services = await startServices([createLogsService, createCloudWatchService]);
    client = new cloudwatch.CloudWatchClient(services.client);
  });
  afterAll(async () => {
    client.destroy();
    await services.close();
  });
  const sumOf = async (Namespace: string, MetricName: string, Stat = 'Sum') => {
    const now = services.machine.clock.now();
    const { MetricDataResults } = await client.send(
      new cloudwatch.GetMetricDataCommand({
        StartTime: new Date(now - 2 * 3_600_000),
        EndTime: new Date(now + 3_600_000),
        MetricDataQueries: [
          { Id: 'm', MetricStat: { Metric: { Namespace, MetricName }, Period: 3600, Stat } },
        ],
      }),
    );
    return (MetricDataResults?.[0]?.Values ?? []).reduce((left, right) => left + right, 0);
  };

  test('come from whatever is logged, by functions and tasks alike', async () => {
    const at = services.machine.clock.now();
    const record = { _aws: { Timestamp: at, CloudWatchMetrics: [DIRECTIVE] }, Runs: 3 };
    services.machine.engines.putLog('/any/group', 'stream', JSON.stringify(record));
    services.machine.engines.putLog('/any/group', 'stream', JSON.stringify(record));
    expect(await sumOf('Nightshift', 'Runs')).toBe(6);
  });

  test('are put where the namespace is allowed, with counts', async () => {
    const role = new cloudwatch.CloudWatchClient(
      services.clientOf('measurer', [
        {
          Effect: 'Allow',
          Action: 'cloudwatch:PutMetricData',
          Resource: '*',
          Condition: { StringEquals: { 'cloudwatch:namespace': 'Own' } },
        },
      ]),
    );
    const put = (Namespace: string, by = role) =>
      by.send(
        new cloudwatch.PutMetricDataCommand({
          Namespace,
          MetricData: [
            { MetricName: 'Lost', Unit: 'Seconds', Values: [4, 6], Counts: [2, 1] },
            { MetricName: 'Lost', Value: 10 },
          ],
        }),
      );
    await put('Own');
    expect(await sumOf('Own', 'Lost')).toBe(24);
    expect(await sumOf('Own', 'Lost', 'SampleCount')).toBe(4);
    await expect(put('Other')).rejects.toThrow(/not authorized/);
    await expect(put('AWS/RDS', client)).rejects.toThrow(/AWS\//);
    const MetricData = [
      { MetricName: 'x', StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } },
    ];
    const unknown = new cloudwatch.PutMetricDataCommand({ Namespace: 'Own', MetricData });
    await expect(client.send(unknown)).rejects.toThrow(/StatisticValues/);
    role.destroy();
  });
});
