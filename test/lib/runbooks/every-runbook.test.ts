import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { everything, ofType, synthesizeConfig, written } from '../synthesize.ts';

// biome-ignore lint/suspicious/noExplicitAny: Amazon States Language is JSON.
type Any = any;

const machines = ofType(synthesizeConfig(everything), 'AWS::StepFunctions::StateMachine').map(
  ([, { Properties }]): [string, Any] => [
    Properties.StateMachineName,
    JSON.parse(written(Properties.DefinitionString)),
  ],
);

describe.each(machines)('%s', (_, definition) => {
  const states: Record<string, Any> = definition.States;

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(definition, { checkPaths: true, checkArn: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('has no state that cannot be reached', () => {
    const found = new Set<string>();
    const open: string[] = [definition.StartAt];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      const { Next, Default, Choices = [], Catch = [] } = states[name];
      const rules: Any[] = [...Choices, ...Catch];
      open.push(...[Next, Default, ...rules.map((rule) => rule.Next)].filter((next) => next !== undefined));
    }
    expect(Object.keys(states).filter((name) => !found.has(name))).toEqual([]);
  });

  it('asks of every path in a Choice first whether it is there, where a step might not have written it', () => {
    // What open-run and close-run answer is always there; evidence is asked for beside its presence or must be there.
    const sure = /^\$\.(run|opening|closing|verified\w+)\./;
    const rules = Object.values(states).flatMap(({ Choices = [] }) => Choices);
    const unsure = rules.flatMap((rule: Any) =>
      (rule.And ?? [rule]).some(({ IsPresent }: Any) => IsPresent)
        ? []
        : (rule.And ?? [rule]).filter(({ Variable }: Any) => Variable && !sure.test(Variable)),
    );
    expect(unsure).toEqual([]);
  });
});
