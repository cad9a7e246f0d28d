import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from '../../bin/command/aws.ts';
import { createClients } from '../../rehearsal/clients.ts';
import { type Demo, startDemo } from '../../rehearsal/start-demo.ts';
import { DAY_FORMAT, type DayChange, type KeptDay } from '../../schemas/daily-health.ts';
import type { Verdict } from '../../schemas/finding.ts';
import { type DailyCheck, type OneCheck, runDailyCheck } from '../support/daily-check.ts';
import { declareServices, type ManyServices } from '../support/many-services.ts';
import { SLOW, type Trouble } from '../support/troubled-services.ts';

const HOW_MANY = { all: 500, broken: 40, slow: 10, samples: 3 };
/** Three questions one after the other, each for as long as a probe may take; clocks differ by a moment. */
const SLOW_MILLISECONDS = 3 * 5000 - 100;
/** The time that `check-service` gives itself for all of one service, and a busy machine's to start it. */
const LONGEST_CHECK_MILLISECONDS = 45_000 + 10_000;
/** Of so many something else is known today than yesterday. */
const CHANGED = 5;
const KILOBYTE = 1024;

/** A morning on which forty of five hundred services are broken in six ways, and ten keep whoever asks them waiting. */
describe('five hundred services', () => {
  let demo: Demo;
  let services: ManyServices;
  let day: DailyCheck;
  let well: string[];
  let troubled: string[];

  beforeAll(async () => {
    demo = await startDemo({ speed: 50 });
    services = await declareServices(createClients().ssm, HOW_MANY);
    well = services.names.filter((name) => !services.troubles.has(name));
    troubled = [...services.troubles.keys()];
    day = await runDailyCheck(demo, yesterday());
  }, 300_000);
  afterAll(async () => {
    await services?.close();
    await demo?.close();
  });

  /** Some that are broken now worked, some that work now were broken, and one was there that is not any more. */
  function yesterday(): KeptDay {
    const works = (name: string) => ({ target: `service/${name}`, verdict: 'pass' as const, bad: [] });
    const fails = (name: string) => ({
      target: `service/${name}`,
      verdict: 'fail' as const,
      bad: [...'liveness,liveness: checks,readiness,readiness: checks'.split(',')].map((check) => ({
        check,
        verdict: 'fail' as const,
      })),
    });
    return {
      format: DAY_FORMAT,
      runId: 'yesterday',
      at: new Date(demo.sandbox.clock.now() - 86_400_000).toISOString(),
      targets: [
        ...troubled.map((name, index) => (index < CHANGED ? works(name) : fails(name))),
        ...well.map((name, index) => (index < CHANGED ? fails(name) : works(name))),
        works('gone'),
      ],
    };
  }
  const nameOf = (target: string) => target.replace('service/', '');
  const those = (verdict: Verdict) =>
    day.judged.targets.filter((one) => one.verdict === verdict).map(({ target }) => nameOf(target));
  const changed = (change: DayChange) =>
    day.judged.changes.find((one) => one.change === change)?.targets.map(nameOf) ?? [];
  const isSlow = ({ report }: OneCheck) => (services.troubles.get(nameOf(report.target)) ?? '') in SLOW;

  it('are told apart: those that are broken or keep everybody waiting, and all the others', () => {
    expect(day.record).toMatchObject({ outcome: 'failed', acted: false });
    expect(those('fail').toSorted()).toEqual(troubled.toSorted());
    expect(those('pass').toSorted()).toEqual(well.toSorted());
    expect(day.report).toMatch(
      /^# 50 of 500 are broken: service-001, service-011, service-021 and 47 more\n/,
    );
  });

  it.each<[Trouble, RegExp]>([
    ['answers 500', /answered 500/],
    ['answers broken JSON', /not a health status/],
    ['answers HTML', /HTML/],
    ['breaks the connection off', /broke the connection off/],
    ['redirects in a loop', /redirects in a loop/],
    ['is not ready', /is not ready: database/],
    ['never answers', /did not answer within 5000 ms/],
    ['trickles a byte a second', /did not answer within 5000 ms as a whole/],
  ])('that have the same trouble (%s) say so', (trouble, words) => {
    const having = troubled.filter((name) => services.troubles.get(name) === trouble);
    expect(having.length).toBeGreaterThanOrEqual(5);
    const found = day.judged.targets.filter(({ target }) => having.includes(nameOf(target)));
    expect(found.map(({ bad }) => bad.some(({ observed }) => words.test(observed)))).toEqual(
      having.map(() => true),
    );
  });

  it('are all checked, and waited for no longer than one may take', () => {
    expect(day.checks).toHaveLength(HOW_MANY.all);
    expect(new Set(day.checks.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
    const times = day.checks.filter(isSlow).map(({ begun, ended }) => ended - begun);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(SLOW_MILLISECONDS);
    expect(Math.max(...times)).toBeLessThan(LONGEST_CHECK_MILLISECONDS);
  });

  it('do not wait for each other', () => {
    const [first] = day.checks.filter(isSlow).toSorted((left, right) => left.begun - right.begun);
    const meanwhile = day.checks.filter(
      (one) => !isSlow(one) && one.begun > (first?.begun ?? 0) && one.ended < (first?.ended ?? 0),
    );
    expect(meanwhile.length).toBeGreaterThan(20);
  });

  it('are compared with the day before', () => {
    expect(changed('newly broken').toSorted()).toEqual(troubled.slice(0, CHANGED).toSorted());
    expect(changed('still broken').toSorted()).toEqual(troubled.slice(CHANGED).toSorted());
    expect(changed('mended').toSorted()).toEqual(well.slice(0, CHANGED).toSorted());
    expect(changed('as before')).toHaveLength(well.length - CHANGED);
    expect(changed('no longer declared')).toEqual(['gone']);
  });

  it('start nothing where so many want it: they may have something in common', async () => {
    expect(day.judged.wanted).toHaveLength(troubled.length);
    const deployment = new Deployment('nightshift');
    expect(await deployment.runsOf(await deployment.runbook('roll-back-service'))).toEqual([]);
    expect(day.report).toMatch(/NOT started: roll-back-service for .*: 50 are wanted at once, more than 3/);
  });

  it('fit into what a state, an item of DynamoDB and a report may hold', () => {
    const states = day.history.flatMap(
      ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.input ?? '',
    );
    expect(Math.max(...states.map((state) => Buffer.byteLength(state)))).toBeLessThan(128 * KILOBYTE);
    expect(Buffer.byteLength(JSON.stringify(day.record))).toBeLessThan(200 * KILOBYTE);
    expect(Buffer.byteLength(day.report)).toBeLessThan(100 * KILOBYTE);
    // However many they are: each has an execution of its own.
    expect(day.history.length).toBeLessThan(100);
  });
});
