import aslValidator from 'asl-validator';
import { Stack } from 'aws-cdk-lib';
import { describe, expect, it, vi } from 'vitest';
import { defineConfig } from '../../../lib/config/define-config.ts';
import { evidenceKey } from '../../../lib/runbook/definition.ts';
import { Runbook, type RunbookProps } from '../../../lib/runbook/runbook.ts';
import { Steps } from '../../../lib/steps/steps.ts';
import { Stores } from '../../../lib/stores/stores.ts';
import { everything, ofType, STACK, synthesize, written } from '../synthesize.ts';

vi.mock('../../../lib/bundling/bundle-functions.ts', () => import('../no-bundles.ts'));

/** A runbook with these phases, as it would be deployed. */
function synthesizeRunbook(phases: Pick<RunbookProps, 'act' | 'verify'> & Partial<RunbookProps>) {
  let runbook: Runbook | undefined;
  const synthesized = synthesize((app) => {
    const stack = new Stack(app, STACK);
    const config = defineConfig(everything);
    const steps = new Steps(stack, 'Steps', config, new Stores(stack, 'Stores', config));
    runbook = new Runbook(stack, 'Runbook', {
      name: 'some-runbook',
      summary: 'A runbook for tests.',
      targetKind: 'service',
      triggers: [],
      plan: [{ step: 'planRollback', writes: 'plan' }],
      config,
      steps,
      ...phases,
    });
    return stack;
  });
  const [, machine] = ofType(synthesized, 'AWS::StepFunctions::StateMachine')[0] ?? [];
  const definition = JSON.parse(written(machine?.Properties.DefinitionString));
  const [, entry] = ofType(synthesized, 'AWS::SSM::Parameter')[0] ?? [];
  const invoked = ofType(synthesized, 'AWS::IAM::Policy')
    // Steps that ask keepers may invoke functions, too.
    .filter(([id]) => id.startsWith('RunbookRole'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action === 'lambda:InvokeFunction')
    .flatMap(({ Resource }) => [Resource].flat().map(written));
  return {
    definition,
    states: definition.States,
    entry: JSON.parse(written(entry?.Properties.Value)),
    invoked,
    runbook,
  };
}

const verify: RunbookProps['verify'] = [{ step: 'probeHealth', writes: evidenceKey('probe-health') }];
const when = { path: '$.plan.observed.swaps', equals: true };

describe('Runbook', () => {
  const { definition, states, entry, invoked } = synthesizeRunbook({
    locksConsumers: 'swap',
    act: [
      { step: 'rollServiceBack', reads: ['plan'], writes: 'act' },
      {
        when,
        steps: [
          {
            step: 'awaitSteadyService',
            as: 'await-first',
            reads: [{ as: 'awaited', path: '$.act' }],
            gives: { which: 'first' },
            waitsSeconds: 1200,
          },
          { pause: 'rest', secondsPath: '$.target.observeSeconds' },
        ],
      },
      { step: 'awaitSteadyService', as: 'await-second', reads: ['act'], waitsSeconds: 600 },
    ],
    verify,
    undo: [{ when, steps: [{ step: 'inspectService', as: 'inspect-again' }] }],
    afterwards: [{ step: 'measureErrorRatio' }],
  });

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(definition, { checkPaths: true, checkArn: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('uses one step in several states', () => {
    const { 'await-first': one, 'await-second': other } = states;
    expect(one.Parameters.FunctionName).toBe(other.Parameters.FunctionName);
    expect(one.Parameters.Payload).toEqual({
      'run.$': '$.run',
      'lock.$': '$.lock',
      'target.$': '$.target',
      'awaited.$': '$.act',
      which: 'first',
      state: 'await-first',
      waitSeconds: 1200,
      'taskToken.$': '$$.Task.Token',
    });
    expect(other.Parameters.Payload).toMatchObject({
      'act.$': '$.act',
      state: 'await-second',
      waitSeconds: 600,
    });
    expect(states).not.toHaveProperty('await-steady-service');
  });

  it('puts a Choice before a group', () => {
    expect(states['roll-service-back'].Next).toBe('when-swaps-await-first');
    expect(states['when-swaps-await-first']).toMatchObject({
      Type: 'Choice',
      Choices: [{ Next: 'await-first' }],
      Default: 'await-second',
    });
    expect(states.rest).toMatchObject({ Type: 'Wait', Next: 'await-second' });
  });

  it('lets the state machine invoke the functions of all its states, each once', () => {
    const functions = ['OpenRun', 'CloseRun', 'RequestApproval', 'ConfirmApproval', 'PlanRollback'].concat([
      'RollServiceBack',
      'AwaitSteadyService',
      'ProbeHealth',
      'InspectService',
      'MeasureErrorRatio',
    ]);
    expect(invoked).toHaveLength(functions.length);
    for (const name of functions) expect(invoked.join(' ')).toContain(name);
  });

  it('tells the directory the phases of its states', () => {
    expect(entry.states).toMatchObject({
      'await-first': 'act',
      rest: 'act',
      'inspect-again': 'act',
      'measure-error-ratio': 'act',
      'probe-health': 'verify',
    });
  });

  it('tells its first step whether it locks who uses the target', () => {
    expect(states['open-run'].Parameters).toMatchObject({ acts: true, locksConsumers: 'swap' });
    const usual = synthesizeRunbook({ act: [], verify });
    expect(usual.states['open-run'].Parameters).toMatchObject({ acts: false, locksConsumers: 'never' });
  });

  it('refuses one step in two states of one name', () => {
    expect(() =>
      synthesizeRunbook({ act: [{ step: 'rollServiceBack' }, { step: 'rollServiceBack' }], verify }),
    ).toThrow("several states are named 'roll-service-back'");
  });
});
