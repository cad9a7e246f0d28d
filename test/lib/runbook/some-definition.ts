import {
  type ChainState,
  type Condition,
  evidenceKey,
  type GroupState,
  groupName,
  type PauseState,
  type RunbookDefinition,
  type StepState,
} from '../../../lib/runbook/definition.ts';

/** A step's state; its function has the same name. */
export const step = (name: string, more: Partial<StepState> = {}): StepState => ({
  kind: 'step',
  name,
  functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  reads: [],
  timeoutSeconds: 30,
  ...more,
});

/** A verify step with its evidence. */
export const proof = (name: string): StepState => step(name, { writes: evidenceKey(name) });

export const pause = (name: string): PauseState => ({
  kind: 'pause',
  name,
  secondsPath: '$.target.observeSeconds',
});

/** A group that is entered where the plan's facts say so. */
export function group(
  fact: string,
  states: ReadonlyArray<StepState | PauseState>,
  equals: Condition['equals'] = true,
): GroupState {
  const when = { path: `$.plan.observed.${fact}`, equals };
  return { kind: 'group', name: groupName(when, states[0]?.name ?? 'nothing'), when, states };
}

/** A small runbook that acts; any part of it may be another one. */
export const definitionOf = (parts: Partial<RunbookDefinition> = {}): RunbookDefinition => ({
  runbook: 'some-runbook',
  targetKind: 'database',
  comment: 'A runbook for tests.',
  locksConsumers: 'never',
  routine: false,
  requiresReason: false,
  open: step('open-run'),
  close: step('close-run'),
  plan: [step('make-plan', { writes: 'plan' })],
  act: [step('act')],
  verify: [proof('look')],
  undo: [],
  afterwards: [],
  timeoutSeconds: 86_400,
  ...parts,
});

/** The approval that a runbook with an act phase has. */
export const approval: NonNullable<RunbookDefinition['approval']> = {
  request: step('request-approval', {
    reads: [{ as: 'plan', path: '$.plan' }],
    writes: 'approval',
    token: { timeoutSeconds: 3600 },
  }),
  confirm: step('confirm-approval', {
    reads: [
      { as: 'plan', path: '$.plan' },
      { as: 'approval', path: '$.approval' },
    ],
  }),
};

/** The phases between the first step and the last. */
export type Phases = Pick<RunbookDefinition, 'plan' | 'act' | 'verify' | 'undo' | 'afterwards'>;
export type { ChainState, RunbookDefinition, StepState };
