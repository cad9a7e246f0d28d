import type { AlarmState } from './alarm-decision.ts';

/**
 * Evaluates a composite alarm's rule, such as `ALARM("a") AND NOT OK("b")`.
 *
 * @throws RangeError where the rule cannot be read
 */
export function evaluateCompositeRule(rule: string, stateOf: (alarm: string) => AlarmState): boolean {
  const tokens = rule.match(/"[^"]*"|\(|\)|[^\s()"]+/g) ?? [];
  let at = 0;
  const next = () => tokens[at++];
  const expect = (token: string) => {
    if (next() !== token) throw new RangeError(`The alarm rule '${rule}' lacks a '${token}'.`);
  };
  function either(): boolean {
    let value = both();
    while (tokens[at] === 'OR') {
      at += 1;
      const right = both();
      value = value || right;
    }
    return value;
  }
  function both(): boolean {
    let value = single();
    while (tokens[at] === 'AND') {
      at += 1;
      const right = single();
      value = value && right;
    }
    return value;
  }
  function single(): boolean {
    const token = next();
    if (token === 'NOT') return !single();
    if (token === 'TRUE') return true;
    if (token === 'FALSE') return false;
    if (token === '(') {
      const value = either();
      expect(')');
      return value;
    }
    if (token === 'ALARM' || token === 'OK' || token === 'INSUFFICIENT_DATA') {
      expect('(');
      const name = (next() ?? '').replaceAll('"', '');
      expect(')');
      return stateOf(name.split(':alarm:').at(-1) as string) === token;
    }
    throw new RangeError(`The alarm rule '${rule}' has an unexpected '${token}'.`);
  }
  const value = either();
  if (at < tokens.length)
    throw new RangeError(`The alarm rule '${rule}' has something after its end: '${tokens[at]}'.`);
  return value;
}
