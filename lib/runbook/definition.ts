import { ErrorName, type Phase } from '../../schemas/names.ts';
import type { Target } from '../../schemas/target.ts';

/** A step within a runbook: which function, what it reads of the state and under which key it writes. */
export interface StepState {
  readonly kind: 'step';
  /** Name of the step's file and of its state. */
  readonly name: string;
  readonly functionArn: string;
  /** Keys of the state that the step gets beside `run`, `lock` and `target`. */
  readonly reads: readonly string[];
  /** Key of the state that its answer goes to; none: the answer is dropped. */
  readonly writes?: string;
  readonly timeoutSeconds: number;
  /** Waits for a task token instead of the function's answer. */
  readonly token?: { readonly timeoutSeconds: number; readonly heartbeatSeconds?: number };
}

/** A pause whose length is in the state. */
export interface PauseState {
  readonly kind: 'pause';
  readonly name: string;
  readonly secondsPath: string;
}

export interface RunbookDefinition {
  readonly runbook: string;
  readonly targetKind: Target['kind'];
  readonly comment: string;
  readonly open: StepState;
  readonly close: StepState;
  /** Absent where nothing is done that could need it. */
  readonly approval?: { readonly request: StepState; readonly confirm: StepState };
  readonly plan: readonly StepState[];
  readonly act: readonly (StepState | PauseState)[];
  readonly verify: readonly (StepState | PauseState)[];
  readonly undo: readonly StepState[];
  readonly timeoutSeconds: number;
}

/** Lambda's own failures, as Step Functions names them, and a function that was cut off: all steps may be run again. */
const LAMBDA_FAILURES = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
];

/** 2 + 4 + 8 + 16 seconds at most, spread by jitter: half a minute of trouble is survived. */
const RETRY_TRANSIENT = {
  ErrorEquals: [ErrorName.Transient, ...LAMBDA_FAILURES],
  IntervalSeconds: 2,
  MaxAttempts: 4,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};
/** A state that ran out of time is tried once more. */
const RETRY_TIMEOUT = {
  ErrorEquals: ['States.Timeout'],
  IntervalSeconds: 2,
  MaxAttempts: 1,
  JitterStrategy: 'FULL',
};

type State = Record<string, unknown>;

/** Names of the states that are not steps. */
export const JOINTS = {
  opened: 'was-it-opened',
  planned: 'what-follows-the-plan',
  judged: 'is-it-good',
  ended: 'how-did-it-end',
  succeeded: 'run-succeeded',
  failed: 'run-failed',
} as const;

const EXECUTION = {
  'id.$': '$$.Execution.Name',
  'arn.$': '$$.Execution.Id',
  'startedAt.$': '$$.Execution.StartTime',
};

/** The state machine of a runbook, in Amazon States Language. */
export function runbookStates(definition: RunbookDefinition): Record<string, unknown> {
  const { plan, act, verify, undo, open, close, approval } = definition;
  const closing = close.name;
  const first = (states: readonly { readonly name: string }[], otherwise: string) =>
    states[0]?.name ?? otherwise;
  // A runbook that only looks has nothing to act.
  const doing = first([...act, ...verify], closing);
  const onActFailure = first(undo, closing);
  const evidence = verify.filter((state) => state.kind === 'step').map(({ name }) => evidenceKey(name));
  const states: Record<string, State> = {
    [open.name]: {
      ...wholeStateTask(open, {
        runbook: definition.runbook,
        targetKind: definition.targetKind,
        acts: act.length > 0,
      }),
      Catch: catchTo(closing),
      Next: JOINTS.opened,
    },
    [JOINTS.opened]: choice(
      [{ Variable: '$.opening.decision', StringEquals: 'joined', Next: closing }],
      first(plan, closing),
    ),
    ...chain(plan, JOINTS.planned, closing),
    [JOINTS.planned]: choice(
      [
        { Variable: '$.run.dryRun', BooleanEquals: true, Next: closing },
        ...(approval
          ? [
              {
                And: [
                  { Variable: '$.opening.needsApproval', BooleanEquals: true },
                  { Variable: '$.approval', IsPresent: true },
                ],
                Next: approval.confirm.name,
              },
              { Variable: '$.opening.needsApproval', BooleanEquals: true, Next: approval.request.name },
            ]
          : []),
      ],
      doing,
    ),
    ...(approval
      ? {
          ...chain([approval.request], first(plan, closing), closing),
          ...chain([approval.confirm], doing, closing),
        }
      : {}),
    ...chain(act, first(verify, closing), onActFailure),
    ...chain(verify, JOINTS.judged, onActFailure),
    [JOINTS.judged]: choice(
      [{ And: evidence.map((key) => ({ Variable: `$.${key}.passed`, BooleanEquals: true })), Next: closing }],
      onActFailure,
    ),
    ...chain(undo, closing, closing),
    [closing]: {
      ...wholeStateTask(close, { runbook: definition.runbook }),
      ResultPath: '$.closing',
      Next: JOINTS.ended,
    },
    [JOINTS.ended]: choice(
      [{ Variable: '$.closing.error', StringEquals: '', Next: JOINTS.succeeded }],
      JOINTS.failed,
    ),
    [JOINTS.succeeded]: { Type: 'Succeed', OutputPath: '$.closing' },
    [JOINTS.failed]: { Type: 'Fail', ErrorPath: '$.closing.error', CausePath: '$.closing.cause' },
  };
  return {
    Comment: definition.comment,
    StartAt: open.name,
    TimeoutSeconds: definition.timeoutSeconds,
    States: states,
  };
}

/** Key of the state under which a verify step leaves its evidence: `probe-health` → `verifiedProbeHealth`. */
export function evidenceKey(step: string): string {
  return `verified${step
    .split('-')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')}`;
}

/** State name → phase, for whoever shows progress. */
export function phasesOf(definition: RunbookDefinition): Record<string, Phase> {
  const phase = (states: readonly { readonly name: string }[], name: Phase) =>
    states.map((state) => [state.name, name] as const);
  return Object.fromEntries([
    ...phase([definition.open], 'open'),
    ...phase(definition.plan, 'plan'),
    ...phase(Object.values(definition.approval ?? {}), 'approve'),
    ...phase([...definition.act, ...definition.undo], 'act'),
    ...phase(definition.verify, 'verify'),
    ...phase([definition.close], 'close'),
  ]);
}

function chain(
  states: readonly (StepState | PauseState)[],
  next: string,
  onFailure: string,
): Record<string, State> {
  return Object.fromEntries(
    states.map((state, index) => {
      const following = states[index + 1]?.name ?? next;
      return [
        state.name,
        state.kind === 'pause'
          ? { Type: 'Wait', SecondsPath: state.secondsPath, Next: following }
          : { ...task(state), Catch: catchTo(onFailure), Next: following },
      ];
    }),
  );
}

function task(state: StepState): State {
  const payload = Object.fromEntries(
    ['run', 'lock', 'target', ...state.reads].map((key) => [`${key}.$`, `$.${key}`]),
  );
  const result = { ResultPath: state.writes === undefined ? null : `$.${state.writes}` };
  if (state.token) {
    return {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: state.functionArn,
        Payload: { ...payload, 'taskToken.$': '$$.Task.Token' },
      },
      TimeoutSeconds: state.token.timeoutSeconds,
      ...(state.token.heartbeatSeconds === undefined
        ? {}
        : { HeartbeatSeconds: state.token.heartbeatSeconds }),
      ...result,
      // A wait that ran out of time is over: what waits longer than allowed needs a person.
      Retry: [RETRY_TRANSIENT],
    };
  }
  return {
    Type: 'Task',
    Resource: state.functionArn,
    Parameters: payload,
    TimeoutSeconds: state.timeoutSeconds,
    ...result,
    Retry: [RETRY_TRANSIENT, RETRY_TIMEOUT],
  };
}

/** The first and the last step get the whole state: the one has nothing else yet, the other must work whatever happened. */
function wholeStateTask(state: StepState, given: Record<string, string | boolean>): State {
  return {
    Type: 'Task',
    Resource: state.functionArn,
    Parameters: { execution: EXECUTION, ...given, 'state.$': '$' },
    TimeoutSeconds: state.timeoutSeconds,
    Retry: [RETRY_TRANSIENT, RETRY_TIMEOUT],
  };
}

function catchTo(next: string) {
  return [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: next }];
}

function choice(choices: readonly State[], otherwise: string): State {
  return { Type: 'Choice', Choices: choices, Default: otherwise };
}
