import { describe, expect, it } from 'vitest';
import { checkDefinition, RunbookDefinitionError } from '../../../lib/runbook/check-definition.ts';
import {
  approval,
  definitionOf,
  group,
  pause,
  proof,
  type RunbookDefinition,
  type StepState,
  step,
} from './some-definition.ts';

const reading = (name: string, path: string, more: Partial<StepState> = {}) =>
  step(name, { reads: [{ as: 'it', path }], ...more });
const writing = (name: string, writes: string) => step(name, { writes });
const plan = writing('make-plan', 'plan');

describe('checkDefinition', () => {
  it.each<[string, Partial<RunbookDefinition>]>([
    ['a step that reads what one before it has written', { act: [writing('a', 'x'), reading('b', '$.x')] }],
    [
      'a verify step that reads what an act step has written',
      { act: [writing('a', 'x')], verify: [proof('look'), reading('b', '$.x', { writes: 'seen' })] },
    ],
    [
      'a step that reads within what was written, and a list in it',
      { act: [reading('a', '$.plan.observed.names[0].of')] },
    ],
    [
      'a step that reads what its own group has written',
      { act: [group('swaps', [writing('a', 'x'), reading('b', '$.x')])] },
    ],
    [
      'a group that reads what another of the same condition has written',
      { act: [group('swaps', [writing('a', 'x')]), group('swaps', [reading('b', '$.x')])] },
    ],
    [
      'an undo step that reads what one before it has written',
      { undo: [writing('a', 'x'), reading('b', '$.x')] },
    ],
    ['a step afterwards that reads the plan', { afterwards: [reading('a', '$.plan')] }],
    ['a step that reads what was found when the run was opened', { act: [reading('a', '$.opening.alarms')] }],
    ['an approval', { approval }],
    [
      'one function in several states',
      { act: [step('a', { functionArn: 'arn' }), step('b', { functionArn: 'arn' })] },
    ],
  ])('takes %s', (_, parts) => {
    expect(() => checkDefinition(definitionOf(parts))).not.toThrow();
  });

  it.each<[string, Partial<RunbookDefinition>, RegExp]>([
    ['two states of one name', { act: [step('a'), step('a')] }, /several states are named 'a'.*'as'/],
    [
      'two states of one name in different phases',
      { act: [step('a')], afterwards: [step('a')] },
      /named 'a'/,
    ],
    [
      'a name within a group that another state has',
      { act: [step('a'), group('swaps', [step('a')])] },
      /named 'a'/,
    ],
    ['a pause with the name of a step', { act: [step('a'), pause('a')] }, /named 'a'/],
    ['a step with the name of a joint', { act: [step('is-it-good')] }, /named 'is-it-good'/],
    ['a step with the name of the last one', { act: [step('close-run')] }, /named 'close-run'/],
    [
      'a step with the name of a group',
      { act: [step('when-swaps-a'), group('swaps', [step('a')])] },
      /named 'when-swaps-a'/,
    ],
    ['a name that is too long', { act: [step('a'.repeat(81))] }, /more than 80 characters/],
    ['an empty group', { act: [group('swaps', [])] }, /has no steps/],
    [
      'a condition that is no path',
      { act: [{ ...group('x', [step('a')]), when: { path: 'plan.x', equals: true } }] },
      /looks at 'plan\.x'/,
    ],
    ['what is read and is no path', { act: [reading('a', 'plan')] }, /a reads 'plan', which is no path/],
    ['a key that nobody writes', { act: [reading('a', '$.x')] }, /a reads 'x', which no state before it/],
    ['a key that is written later', { act: [reading('a', '$.x'), writing('b', 'x')] }, /a reads 'x'/],
    [
      'a key that only a group writes',
      { act: [group('swaps', [writing('a', 'x')]), reading('b', '$.x')] },
      /b reads 'x'/,
    ],
    [
      'a key that a group of another condition writes',
      { act: [group('swaps', [writing('a', 'x')]), group('swaps', [reading('b', '$.x')], false)] },
      /b reads 'x'/,
    ],
    [
      'an undo step that reads what an act step writes',
      { act: [writing('a', 'x')], undo: [reading('b', '$.x')] },
      /b reads 'x'/,
    ],
    [
      'a step afterwards that reads what an act step writes',
      { act: [writing('a', 'x')], afterwards: [reading('b', '$.x')] },
      /b reads 'x'/,
    ],
    [
      'a step afterwards that reads what the one before it writes',
      { afterwards: [writing('a', 'x'), reading('b', '$.x')] },
      /b reads 'x'/,
    ],
    [
      'a step afterwards that reads what its own group writes',
      { afterwards: [group('swaps', [writing('a', 'x'), reading('b', '$.x')])] },
      /b reads 'x'/,
    ],
    [
      'a pause whose length is not there',
      { act: [{ ...pause('rest'), secondsPath: '$.x.seconds' }] },
      /rest reads 'x'/,
    ],
    [
      'an approval of a plan that is not there',
      { plan: [step('make-plan')], approval },
      /request-approval reads 'plan'/,
    ],
    [
      'an approval of a plan that may not be there',
      { plan: [group('swaps', [plan])], approval },
      /request-approval reads 'plan'/,
    ],
    [
      'an act step that reads the approval, which may not be needed',
      { approval, act: [reading('a', '$.approval')] },
      /a reads 'approval'/,
    ],
    [
      'a constant with the name of what is read',
      { act: [reading('a', '$.plan', { gives: { it: 1 } })] },
      /a is given 'it' more than once/,
    ],
    [
      'a constant with a name that all have',
      { act: [step('a', { gives: { state: 'x' } })] },
      /a is given 'state' more than once/,
    ],
    [
      'a constant in the place of the token',
      { act: [step('a', { token: { timeoutSeconds: 1 }, gives: { taskToken: 'x' } })] },
      /a is given 'taskToken'/,
    ],
    ['no evidence', { verify: [writing('look', 'seen')] }, /no verify step leaves evidence/],
    ['no verify step', { verify: [] }, /no verify step leaves evidence/],
    [
      'a verify step that leaves nothing',
      { verify: [proof('look'), step('probe-all')] },
      /probe-all writes nothing: give it 'verifiedProbeAll'/,
    ],
    [
      'two verify steps with one evidence',
      { verify: [proof('look'), writing('probe', 'verifiedLook')] },
      /leave their evidence as 'verifiedLook'/,
    ],
    ['states for afterwards without an act phase', { act: [], afterwards: [step('a')] }, /no act phase/],
  ])('refuses %s', (_, parts, message) => {
    expect(() => checkDefinition(definitionOf(parts))).toThrow(RunbookDefinitionError);
    expect(() => checkDefinition(definitionOf(parts))).toThrow(message);
  });

  it('tells everything that is wrong at once, and of which runbook', () => {
    expect(() => checkDefinition(definitionOf({ act: [step('a'), step('a'), reading('b', '$.x')] }))).toThrow(
      /The runbook some-runbook cannot be built:\n.*named 'a'.*\n.*b reads 'x'/,
    );
  });
});
