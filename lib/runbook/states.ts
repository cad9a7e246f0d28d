import type { ChainState, Condition, EvidenceEntry, StepState } from './definition.ts';
import { each } from './each.ts';
import { RETRY_PATIENTLY, RETRY_TIMEOUT, RETRY_TRANSIENT } from './retries.ts';

/** A state, or a condition of one, in Amazon States Language. */
export type State = Record<string, unknown>;

const EXECUTION = {
  'id.$': '$$.Execution.Name',
  'arn.$': '$$.Execution.Id',
  'startedAt.$': '$$.Execution.StartTime',
};

/** What every step gets of the state. */
export const GIVEN_TO_ALL = ['run', 'lock', 'target'] as const;

/** Where the error of a state goes, and which state comes next. */
export interface Catcher {
  readonly path: '$.failure' | '$.undoFailure' | '$.afterwardsFailure';
  readonly next: string;
}

/** Name of the first state of a chain, or of what comes instead of an empty one. */
export function first(items: readonly { readonly name: string }[], otherwise: string): string {
  return items[0]?.name ?? otherwise;
}

/**
 * States one after the other, and then what comes next. A group is a Choice before its states.
 *
 * @param onFailure - what catches the error of a state, by the name of the state that would follow it
 */
export function chain(
  items: readonly ChainState[],
  next: string,
  onFailure: (following: string) => Catcher,
): Record<string, State> {
  return Object.fromEntries(
    items.flatMap((item, index): Array<[string, State]> => {
      const following = first(items.slice(index + 1), next);
      switch (item.kind) {
        case 'group':
          return [
            [item.name, choice([{ ...holds(item.when), Next: first(item.states, following) }], following)],
            ...Object.entries(chain(item.states, following, onFailure)),
          ];
        case 'pause':
          return [[item.name, { Type: 'Wait', SecondsPath: item.secondsPath, Next: following }]];
        case 'each':
          return [[item.name, { ...each(item), Catch: catchTo(onFailure(following)), Next: following }]];
        default:
          return [[item.name, { ...task(item), Catch: catchTo(onFailure(following)), Next: following }]];
      }
    }),
  );
}

/** The first and the last step get the whole state: the one has nothing else yet, the other must work whatever happened. */
export function wholeStateTask(state: StepState, given: Record<string, string | boolean>): State {
  return {
    Type: 'Task',
    Resource: state.functionArn,
    Parameters: { execution: EXECUTION, ...given, 'state.$': '$' },
    TimeoutSeconds: state.timeoutSeconds,
    Retry: [RETRY_TRANSIENT, RETRY_TIMEOUT],
  };
}

export function catchTo({ path, next }: Catcher): State[] {
  return [{ ErrorEquals: ['States.ALL'], ResultPath: path, Next: next }];
}

export function choice(choices: readonly State[], otherwise: string): State {
  return { Type: 'Choice', Choices: choices, Default: otherwise };
}

/**
 * That all evidence there must be is good. Evidence of a group that was not entered was not asked for; but where there is
 * no other, some of it must be there.
 */
export function isGood(evidence: readonly EvidenceEntry[]): State {
  const passed = (key: string) => ({ Variable: `$.${key}.passed`, BooleanEquals: true });
  const present = (path: string) => ({ Variable: path, IsPresent: true });
  return {
    And: [
      ...(evidence.every(({ optional }) => optional)
        ? [{ Or: evidence.map(({ key }) => present(`$.${key}`)) }]
        : []),
      ...evidence.map(({ key, optional }) =>
        optional
          ? // Not `IsPresent: false`: the sandbox's interpreter never finds that to be so.
            { Or: [{ Not: present(`$.${key}`) }, { And: [present(`$.${key}.passed`), passed(key)] }] }
          : passed(key),
      ),
    ],
  };
}

/** A Choice that looks at a path which the state does not have ends the execution, and nothing can catch that. */
function holds({ path, equals }: Condition): State {
  return {
    And: [
      { Variable: path, IsPresent: true },
      {
        Variable: path,
        ...(typeof equals === 'boolean' ? { BooleanEquals: equals } : { StringEquals: equals }),
      },
    ],
  };
}

function task(state: StepState): State {
  const payload = {
    ...Object.fromEntries(GIVEN_TO_ALL.map((key) => [`${key}.$`, `$.${key}`])),
    ...Object.fromEntries(state.reads.map(({ as, path }) => [`${as}.$`, path])),
    ...state.gives,
    // A function that stands in several states keeps their actions and waits apart by it.
    state: state.name,
  };
  const result = { ResultPath: state.writes === undefined ? null : `$.${state.writes}` };
  if (state.token) {
    const { timeoutSeconds, heartbeatSeconds } = state.token;
    return {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: state.functionArn,
        Payload: { ...payload, waitSeconds: timeoutSeconds, 'taskToken.$': '$$.Task.Token' },
      },
      TimeoutSeconds: timeoutSeconds,
      ...(heartbeatSeconds === undefined ? {} : { HeartbeatSeconds: heartbeatSeconds }),
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
    // The first that matches counts.
    Retry: [...(state.patient ? [RETRY_PATIENTLY] : []), RETRY_TRANSIENT, RETRY_TIMEOUT],
  };
}
