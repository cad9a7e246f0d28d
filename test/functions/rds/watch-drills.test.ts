import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { keepDrill } from '../../../functions/rds/drill-record.ts';
import { handler as watchDrills } from '../../../functions/rds/watch-drills.ts';
import { dynamodb } from '../../../functions/run/documents.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createSsmService } from '../../../sandbox/services/ssm/ssm-service.ts';
import { DRILL_METRIC, Parameter } from '../../../schemas/names.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

// Before the functions' metrics are made.
vi.hoisted(() => {
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
});

const DAY = 86_400_000;

describe('the watch over drills', () => {
  let services: Awaited<ReturnType<typeof startServices>>;
  const printed: string[] = [];

  beforeAll(async () => {
    services = await startServices([createSsmService, createDynamoDbService]);
    pointFunctionsAt(services);
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
    vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'nightshift');
    const ssm = new SSMClient(services.client);
    for (const name of ['main', 'reports'])
      await ssm.send(
        new PutParameterCommand({
          Name: Parameter.target('nightshift', 'database', name),
          Type: 'String',
          Value: JSON.stringify({
            kind: 'database',
            name,
            instance: name,
            host: 'localhost',
            port: 5432,
            database: 'app',
            secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
            migrations: 'none',
          }),
        }),
      );
    // Powertools has a console of its own, as Lambda reads lines of JSON from standard output.
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed.push(...String(text).trim().split('\n'));
      return true;
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    dynamodb().destroy();
    await services?.close();
    vi.unstubAllEnvs();
  });

  const watch = async () => (await watchDrills({}, LAMBDA_CONTEXT)) as { days: Record<string, number> };
  const drill = (daysAgo: number, passed: boolean) =>
    keepDrill('main', {
      at: new Date(Date.now() - daysAgo * DAY).toISOString(),
      run: `run-${daysAgo}`,
      passed,
      recoverySeconds: 600,
      recoveryPointSeconds: 3600,
    });

  it('counts from the first look where there never was one, and looks at every declared database', async () => {
    const { days } = await watch();
    expect(Object.keys(days).sort()).toEqual(['main', 'reports']);
    expect(days.main).toBeLessThan(0.01);
  });

  it('counts from the last one that passed, not from one that failed since', async () => {
    await drill(120, true);
    await drill(101, true);
    await drill(3, false);
    const { days } = await watch();
    expect(days.main).toBeCloseTo(101, 2);
    expect(days.reports).toBeLessThan(0.01);
  });

  it('tells CloudWatch, by database, what the alarm looks at', async () => {
    printed.length = 0;
    await watch();
    const metrics = printed.filter((line) => line.includes(DRILL_METRIC)).map((line) => JSON.parse(line));
    expect(metrics.map(({ service, database }) => [service, database]).sort()).toEqual([
      ['nightshift', 'main'],
      ['nightshift', 'reports'],
    ]);
    expect(metrics.find(({ database }) => database === 'main')?.[DRILL_METRIC]).toBeCloseTo(101, 2);
    for (const { _aws } of metrics) {
      const [{ Namespace, Dimensions }] = _aws.CloudWatchMetrics;
      expect([Namespace, [...Dimensions[0]].sort()]).toEqual(['Nightshift', ['database', 'service']]);
    }
  });
});
