import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { everything, ofType, synthesizeConfig } from '../synthesize.ts';

// biome-ignore lint/suspicious/noExplicitAny: Amazon States Language is JSON.
type Any = any;

/** The definition with what is known only after deployment replaced by something of the right form. */
function definition(): Any {
  const machines = ofType(synthesizeConfig(everything), 'AWS::StepFunctions::StateMachine');
  const [, machine] = machines.find(([id]) => id.includes('ValidateDatabase')) ?? [];
  const parts = machine?.Properties.DefinitionString['Fn::Join'][1] as Any[];
  return JSON.parse(
    parts
      .map((part) => (typeof part === 'string' ? part : 'arn:aws:lambda:us-east-1:123456789012:function:f'))
      .join(''),
  );
}

describe('validate-database', () => {
  const states = definition().States;

  it('is valid Amazon States Language, every state of it reachable', () => {
    const { isValid, errorsText } = aslValidator(definition(), { checkPaths: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('goes from its plan to its checks, and has nothing to act', () => {
    expect(states['what-follows-the-plan'].Default).toBe('validate-database');
    const steps = Object.keys(states).filter((name) => states[name].Type === 'Task');
    expect(steps).toEqual(['open-run', 'plan-validation', 'validate-database', 'close-run']);
  });

  it('says to its first step that it is for a database and does not act', () => {
    expect(states['open-run'].Parameters).toMatchObject({ targetKind: 'database', acts: false });
  });
});
