import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeSecret } from '../../../functions/secrets/describe-secret.ts';
import { handler as lookAfter } from '../../../functions/secrets/look-after-secrets.ts';
import { keepRotation } from '../../../functions/secrets/rotation-records.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { createStatesService } from '../../../sandbox/services/states/states-service.ts';
import { Parameter, ROTATION_METRIC, ROTATION_OVERDUE_METRIC } from '../../../schemas/names.ts';
import { CONTEXT, startActing } from '../../support/acting-run.ts';
import { createFakeKeeper } from './a-fake-kind.ts';
import { aSituation, KEEPER } from './a-situation.ts';

// Before the functions' metrics are made.
vi.hoisted(() => {
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
});

const HOUR = 3_600_000;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString();

describe('looking after secrets', { timeout: 30_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let manager: SecretsManagerClient;
  let states: SFNClient;
  let stateMachineArn: string;
  const printed: string[] = [];
  const service = {
    taken: new Set(['first']),
    asked: [],
    failing: undefined,
    stale: 0,
    obstacles: [],
    endedSessions: [],
    storesAgain: false,
  };

  beforeAll(async () => {
    world = await startActing(
      [createSecretsManagerService, createFakeKeeper(KEEPER, service), createStatesService],
      {
        speed: 1,
      },
    );
    manager = new SecretsManagerClient(world.client);
    states = new SFNClient(world.client);
    const role = await world.create(
      'AWS::IAM::Role',
      {
        AssumeRolePolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'states.amazonaws.com' },
          },
        },
      },
      'Role',
    );
    const definition = { StartAt: 'done', States: { done: { Type: 'Pass', End: true } } };
    const machine = await world.create('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'nightshift-rotate-secret',
      RoleArn: role.attributes?.Arn,
      DefinitionString: JSON.stringify(definition),
    });
    stateMachineArn = machine.ref;
    await world.parameter(
      Parameter.runbook('nightshift', 'rotate-secret'),
      JSON.stringify({
        name: 'rotate-secret',
        stateMachineArn,
        summary: '',
        targetKind: 'secret',
        triggers: [],
        page: '',
        states: {},
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
    manager?.destroy();
    states?.destroy();
    await world?.stop();
  });

  async function declare(name: string, rotates: boolean) {
    const { ARN: arn = '' } = await manager.send(
      new CreateSecretCommand({ Name: name, SecretString: '{"password":"first"}' }),
    );
    const { target } = aSituation(name, { target: { secretArn: arn } });
    await world.parameter(Parameter.target('nightshift', 'secret', name), JSON.stringify(target));
    if (!rotates) return;
    await manager.send(new RotateSecretCommand({ SecretId: arn, RotationLambdaARN: KEEPER }));
    const rotated = async () => (await describeSecret({ name, arn })).lastRotatedAt;
    await expect.poll(rotated, { timeout: 20_000 }).not.toBeNull();
    return describeSecret({ name, arn });
  }
  const look = () =>
    (lookAfter as (event: unknown, context: never) => Promise<Record<string, unknown>>)({}, CONTEXT);
  const executions = async () =>
    ((await states.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? []).map(
      ({ name = '' }) => name,
    );

  it('starts one run for a value whose time is over, and counts the days of all', async () => {
    const due = await declare('due', true);
    await declare('never', false);
    await keepRotation({
      secret: 'due',
      run: 'run-1',
      rotatedAt: due?.lastRotatedAt ?? '',
      by: 'person',
      replaced: due?.previous ?? '',
      version: due?.current ?? '',
      adoptedAt: ago(2 * HOUR),
      retireAt: ago(HOUR),
    });
    expect(await look()).toMatchObject({ overdue: [], started: ['due'], failed: [] });
    expect(await executions()).toEqual([expect.stringMatching(/^finish-due-[0-9a-f]{12}-\d{4}-\d\d-\d\d$/)]);
    // Run twice, it starts nothing twice.
    await look();
    expect(await executions()).toHaveLength(1);
    for (const metric of [ROTATION_METRIC, ROTATION_OVERDUE_METRIC])
      for (const secret of ['due', 'never'])
        expect(
          printed.filter((line) => line.includes(`"${metric}"`) && line.includes(`"secret":"${secret}"`)),
        ).not.toEqual([]);
  });

  it('leaves a secret alone that a run is at work on, and all of them while the switch is off', async () => {
    const busy = await declare('busy', true);
    const record = {
      secret: 'busy',
      run: 'run-2',
      rotatedAt: busy?.lastRotatedAt ?? '',
      by: 'person',
      replaced: busy?.previous ?? '',
      version: busy?.current ?? '',
      adoptedAt: ago(2 * HOUR),
      retireAt: ago(HOUR),
    };
    await keepRotation(record);
    await world.turnSwitch('off');
    expect(await look()).toMatchObject({ started: [] });
    await world.turnSwitch('on');
    await world.beginRun('at-work', 'rotate-secret', 'secret/busy');
    expect((await look()).started).not.toContain('busy');
    expect(await executions()).toHaveLength(1);
    await keepRotation({ ...record, retiredAt: ago(0) });
  });

  it('says which secret could not be looked after, and looks after the others', async () => {
    const { target } = aSituation('gone');
    await world.parameter(Parameter.target('nightshift', 'secret', 'gone'), JSON.stringify(target));
    printed.splice(0);
    await expect(look()).rejects.toThrow('These secrets could not be looked after: gone.');
    expect(printed.some((line) => line.includes(ROTATION_METRIC) && line.includes('"secret":"never"'))).toBe(
      true,
    );
  });
});
