import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readReadiness } from '../../../functions/readiness/publish-readiness.ts';
import { handler } from '../../../functions/readiness/watch-readiness.ts';
import { READY_METRIC } from '../../../schemas/names.ts';
import { LAMBDA_CONTEXT } from '../../support/point-functions.ts';
import { aRegion, type Team } from './a-region.ts';

// Before the functions' metrics are made.
vi.hoisted(() => {
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
});

let region: Awaited<ReturnType<typeof aRegion>>;
let teams: Team[];
const printed: string[] = [];
const faults: Array<() => void> = [];
const watch = async () =>
  (await handler({}, LAMBDA_CONTEXT)) as { ready: number; notReady: string[]; omitted: number };
/** What CloudWatch makes of what was printed. */
const told = () =>
  Object.fromEntries(
    printed
      .filter((line) => line.includes(READY_METRIC))
      .map((line) => JSON.parse(line))
      .map((metric) => [metric.target, metric[READY_METRIC]]),
  );

describe('the watch over readiness', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    region = await aRegion();
    teams = [await region.aTeam(), await region.aTeam({ good: [] }), await region.aTeam()];
    for (const { target } of teams) await region.declare(target);
    // Powertools has a console of its own, as Lambda reads lines of JSON from standard output.
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed.push(...String(text).trim().split('\n'));
      return true;
    });
  }, 60_000);
  afterEach(() => {
    for (const end of faults.splice(0)) end();
    printed.length = 0;
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await region?.stop();
  });

  it('tells CloudWatch of each service what the alarm looks at, and keeps it for gates', async () => {
    expect(await watch()).toEqual({
      ready: 2,
      notReady: [
        expect.stringMatching(/^service\/api-2 is NOT ready to be rolled back: revision: no other revision/),
      ],
      omitted: 0,
    });
    expect(told()).toEqual({ 'service/api-1': 1, 'service/api-2': 0, 'service/api-3': 1 });
    const metric = printed.filter((line) => line.includes(READY_METRIC)).map((line) => JSON.parse(line))[0];
    const [{ Namespace, Dimensions }] = metric._aws.CloudWatchMetrics;
    expect([Namespace, [...Dimensions[0]].sort()]).toEqual(['Nightshift', ['service', 'target']]);
    expect((await readReadiness('service/api-1'))?.ready).toBe(true);
    expect((await readReadiness('service/api-2'))?.ready).toBe(false);
  });

  it('is not stopped by one service that cannot be looked at, and does not call it ready', async () => {
    // The first of them to ask.
    faults.push(
      region.machine.faults.add({
        call: 'ecs:DescribeServices',
        effect: 'error:AccessDeniedException',
        occurrences: [1],
      }),
    );
    const { ready, notReady } = await watch();
    const values = Object.values(told());
    expect([values.length, values.filter((value) => value === 1).length]).toEqual([3, ready]);
    expect(notReady.join()).toContain('not known: this function may not look');
  });

  it('tells CloudWatch even where the answer cannot be kept', async () => {
    const before = await readReadiness('service/api-1');
    faults.push(region.machine.faults.add({ call: 'dynamodb:PutItem', effect: 'error:ValidationException' }));
    await watch();
    expect(await readReadiness('service/api-1')).toEqual(before);
    expect(told()).toEqual({ 'service/api-1': 1, 'service/api-2': 0, 'service/api-3': 1 });
  });
});
