import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { ErrorName } from '../../../schemas/names.ts';
import { api, everything, ofType, synthesizeConfig, written } from '../synthesize.ts';

// biome-ignore lint/suspicious/noExplicitAny: a state machine's definition is JSON.
type State = any;

function definitionOf(config: NightshiftConfigInput) {
  const machine = ofType(synthesizeConfig(config), 'AWS::StepFunctions::StateMachine').find(
    ([, { Properties }]) => Properties.StateMachineName === 'nightshift-roll-back-service',
  );
  return JSON.parse(written(machine?.[1].Properties.DefinitionString));
}

const CLOSE = 'close-run';
/** What a step may be run again for. */
const PASSING = [
  ErrorName.Transient,
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];
const caught = (state: State): string[] => (state.Catch ?? []).map(({ Next }: State) => Next);
/** Where a state may go on to when nothing fails; with keys, only where no other must be present. */
function goesOnTo(state: State, known?: ReadonlySet<string>): string[] {
  const rules = (state.Choices ?? []).filter((rule: State) =>
    (rule.And ?? [rule]).every(
      ({ Variable, IsPresent }: State) => !known || !IsPresent || known.has(Variable.slice('$.'.length)),
    ),
  );
  const names: unknown[] = [state.Next, state.Default, ...rules.map(({ Next }: State) => Next)];
  return names.filter((name) => typeof name === 'string');
}
const successors = (state: State): string[] => [...goesOnTo(state), ...caught(state)];

/** Every state that can be reached from one, without going through those that are closed. */
function reachable(states: Record<string, State>, from: string, closed: readonly string[] = []): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || closed.includes(name)) continue;
    found.add(name);
    open.push(...successors(states[name]));
  }
  return found;
}

const ends = (state: State) => state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
const onCycles = (states: Record<string, State>, closed: readonly string[] = []) =>
  Object.keys(states).filter(
    (name) =>
      !closed.includes(name) &&
      successors(states[name]).some((next) => reachable(states, next, closed).has(name)),
  );

describe.each<[string, NightshiftConfigInput]>([
  ['everything', everything],
  ['a wait shorter than its heartbeat', { services: { api: { ...api, steadyTimeoutMinutes: 5 } } }],
  ['a wait as long as its heartbeat', { services: { api: { ...api, steadyTimeoutMinutes: 15 } } }],
  ['a wait of no whole second', { services: { api: { ...api, steadyTimeoutMinutes: 0.33 } } }],
])('roll-back-service for %s', (_, config) => {
  const definition = definitionOf(config);
  const states: Record<string, State> = definition.States;
  const tasks = Object.entries(states).filter(([, { Type }]) => Type === 'Task');

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(definition, { checkPaths: true, checkArn: true });
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  it('has no state that cannot be reached', () => {
    expect([...reachable(states, definition.StartAt)].sort()).toEqual(Object.keys(states).sort());
  });

  it('gives every task a time limit in whole seconds, and any heartbeat before it', () => {
    const wrong = tasks.filter(
      ([, { TimeoutSeconds, HeartbeatSeconds = 0.5 }]) =>
        !(Number.isInteger(TimeoutSeconds) && HeartbeatSeconds > 0 && HeartbeatSeconds < TimeoutSeconds),
    );
    expect(wrong).toEqual([]);
  });

  it("tries every task again on what passes and on Lambda's own failures, with jitter", () => {
    for (const [name, { Retry }] of tasks) {
      const errors = Retry.flatMap(({ ErrorEquals }: State) => ErrorEquals);
      expect(errors, name).toEqual(expect.arrayContaining(PASSING));
      expect(
        Retry.filter((retry: State) => !(retry.MaxAttempts > 0 && retry.JitterStrategy === 'FULL')),
        name,
      ).toEqual([]);
    }
  });

  it('tries nothing again that a guard refused or that needs a person', () => {
    const retried = tasks.flatMap(([, { Retry }]) => Retry.flatMap(({ ErrorEquals }: State) => ErrorEquals));
    const final = ['States.ALL', 'States.TaskFailed', ...Object.values(ErrorName)].filter(
      (name) => name !== ErrorName.Transient,
    );
    expect(retried.filter((name) => final.includes(name))).toEqual([]);
  });

  it('brings every task to close-run, whatever fails', () => {
    for (const [name, state] of tasks.filter(([name]) => name !== CLOSE)) {
      expect(state.Catch, name).toEqual([
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: expect.any(String) },
      ]);
      for (const next of caught(state)) {
        expect(reachable(states, next), name).toContain(CLOSE);
        expect(
          [...reachable(states, next, [CLOSE])].filter((other) => ends(states[other])),
          name,
        ).toEqual([]);
      }
    }
  });

  it('never ends but through close-run', () => {
    const before = reachable(states, definition.StartAt, [CLOSE]);
    expect([...before].filter((name) => ends(states[name]))).toEqual([]);
    expect([...reachable(states, CLOSE)].filter((name) => ends(states[name])).sort()).toEqual([
      'run-failed',
      'run-succeeded',
    ]);
  });

  it('does not poll: the only way back is one more plan after an approval', () => {
    expect(onCycles(states)).toContain('request-approval');
    expect(onCycles(states, ['request-approval'])).toEqual([]);
    const rules: State[] = states['what-follows-the-plan'].Choices;
    const asks = rules.findIndex(({ Next }) => Next === 'request-approval');
    const approved = rules.findIndex(({ And }) =>
      And?.some(({ Variable, IsPresent }: State) => Variable === '$.approval' && IsPresent === true),
    );
    expect(approved).toBeGreaterThanOrEqual(0);
    expect(approved).toBeLessThan(asks);
    expect(rules[approved].Next).toBe('confirm-approval');
    expect(states['request-approval'].ResultPath).toBe('$.approval');
  });

  it('acts only where it is neither a dry run nor without the approval it needs', () => {
    const [dryRun, approved, unapproved] = states['what-follows-the-plan'].Choices;
    expect(dryRun).toEqual({ Variable: '$.run.dryRun', BooleanEquals: true, Next: CLOSE });
    expect(approved.Next).toBe('confirm-approval');
    expect(unapproved).toEqual({
      Variable: '$.opening.needsApproval',
      BooleanEquals: true,
      Next: 'request-approval',
    });
    expect(states['what-follows-the-plan'].Default).toBe('roll-service-back');
  });

  it('gives every step only what a step before it has written', () => {
    const missing = new Set<string>();
    const visit = (name: string, known: ReadonlySet<string>, visits: ReadonlyMap<string, number>) => {
      const times = (visits.get(name) ?? 0) + 1;
      if (times > 2) return;
      const state = states[name];
      const read = Object.values(state.Parameters?.Payload ?? state.Parameters ?? {})
        .concat(state.SecondsPath ?? [])
        .map((path) => /^\$\.(\w+)/.exec(String(path))?.[1]);
      for (const key of read) if (key !== undefined && !known.has(key)) missing.add(`${name}: ${key}`);
      const writes = /^\$\.(\w+)$/.exec(state.ResultPath ?? '')?.[1];
      const after = new Set(name === 'open-run' ? ['run', 'lock', 'target', 'opening'] : known);
      if (writes !== undefined) after.add(writes);
      for (const next of goesOnTo(state, after)) visit(next, after, new Map(visits).set(name, times));
    };
    visit(definition.StartAt, new Set(), new Map());
    expect([...missing]).toEqual([]);
  });
});
