import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage } from '../../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../../rehearsal/rehearse.ts';
import { badMorning } from '../../rehearsal/scenarios/bad-morning.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { DatabaseOperator, unusedPermissions } from '../support/database-operator.ts';
import { EverythingWritten } from '../support/everything-written.ts';
import { findValues } from '../support/find-values.ts';
import { SecretValues } from '../support/secret-values.ts';

/** Roles of the steps of the daily check. */
const STEPS = [
  ...['PlanHealthCheck', 'CheckService', 'CheckDatabase'],
  ...['JudgeHealth', 'StartHandlers', 'ReportHealth'],
];

const NOT_TODAY = [
  // No step has failed by itself, and noted that.
  /^Check(Service|Database) dynamodb:(PutItem|Query) /,
];

/** The same story as `nightshift rehearse bad-morning`: each test looks at another side of it. */
describe('a bad morning', { timeout: 240_000 }, () => {
  let stage: Stage;
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let runs: RunRecord[];
  let operator: DatabaseOperator;
  const values = new SecretValues();

  beforeAll(async () => {
    ({ stage, sandbox, close } = await openStage({ speed: DEFAULT_SPEED }));
    operator = new DatabaseOperator(stage);
    runs = await badMorning.play(stage);
    await values.collect();
  }, 240_000);
  afterAll(() => close?.());

  const report = (index: number) => operator.report(runs[index] as RunRecord);

  it('ends as stated', async () => {
    const problems = await badMorning.verify(stage, runs);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
    expect(runs[0]?.outcome).toBe(badMorning.outcome);
  });

  it('tells in the first lines what is broken, what was started, and all that is left to a person', async () => {
    const [title, , fine, , next] = (await report(1)).split('\n');
    expect(title).toBe('# 2 of 2 are broken: api, main');
    expect(fine).toMatch(
      /^\*\*Is it fine now\?\*\* No\. api: \/items answered 200, but \$\[\*\]\.name is not there; heartbeat restock: no line since \d\d:\d\d:\d\d \(\d+ s\), \d+ before\. main: login demo\/analyst: the database does not let this user in \(28000\)\.$/,
    );
    const left = [
      `A roll-back of api was started: \`nightshift watch ${runs[2]?.run.id}\`.`,
      'Look at heartbeat restock of api; login demo/analyst of main: no runbook handles them.',
      'Find out why login demo/shop of main could not be looked at.',
      'Look later at connections of main, which only warns.',
    ].join(' ');
    expect(next).toMatch(/^\*\*What you need to do\.\*\* /);
    expect(next).toContain(` ${left} `);
  });

  it('is as plain at noon, when other things are broken', async () => {
    const text = await report(3);
    const [title, , fine, , next] = text.split('\n');
    expect(title).toBe('# 1 of 2 is broken: main');
    expect(fine).toMatch(
      /No\. main: connectivity: the database refused the user name or password \(28P01\)\.$/,
    );
    expect(next).toContain(`A validation of main was started: \`nightshift watch ${runs[4]?.run.id}\`.`);
    expect(next).toContain(
      'Mend connectivity of main yourself: a validation only looks. Compare the secret with the role. ',
    );
    expect(text).toContain('- Within main: newly broken connectivity; mended login demo/analyst.');
  });

  it('tells nothing that is of no use, and nothing twice', async () => {
    const text = await report(1);
    expect(text).not.toMatch(/alarms are red|first sign|Nothing was changed|\*\*\* /);
    const lines = text
      .split('\n')
      .filter((line) => /^\| \S+ \| (verify|close) \| F(AILED|ailed):/.test(line));
    expect(lines).toEqual([
      expect.stringContaining('FAILED: api: /items answered 200'),
      expect.stringContaining(
        'Failed: 2 of 2 are broken: api, main. This run itself changed nothing; what it started tells for itself.',
      ),
    ]);
  });

  it('tells what handles each, and what has changed', async () => {
    const text = await report(1);
    expect(text).toMatch(/Newly broken: api, main\./);
    expect(text).toMatch(/\| items \| \/items answered 200[^\n]*roll-back-service, started/);
    for (const check of ['heartbeat: restock', 'connections'])
      expect(text).toMatch(new RegExp(`\\| ${check}[^\\n]*no runbook`));
    expect(text).toMatch(/\| login: demo\/analyst \|[^\n]*Look at its login right/);
    expect(text).toMatch(/\| not known \| main \| login: demo\/shop/);
    expect(text).toContain('service/api is NOT ready to be rolled back: snapshot');
    expect(text).toContain('chain whole');
    expect(await report(3)).toMatch(/Mended: api\./);
    expect(await report(0)).toMatch(/Mended: main\./);
  });

  it('tells no value of a secret', async () => {
    const written = await new EverythingWritten().read();
    // What is to be searched was read.
    for (const text of ['no runbook', 'heartbeat: restock', 'roll-back-service-api-'])
      expect(
        written.filter(([place, content]) => place.startsWith('s3') && content.includes(text)),
      ).not.toEqual([]);
    expect(findValues(written, values.needles())).toEqual([]);
  });

  it('has used every permission of the daily check', () => {
    expect(unusedPermissions(sandbox, STEPS, NOT_TODAY)).toEqual([]);
  });
});
