import type { Problem } from '../../schemas/preflight/problem.ts';
import { knownValue, type TaskEnvironment } from './environment.ts';

const BYTE_ORDER_MARK = '\uFEFF';
const LINE_END = /[\r\n]$/;

/** Values that begin or end with what nobody sees: left by an editor, by `echo`, or by a file with other line ends. */
export function checkEdges(environment: TaskEnvironment): Problem[] {
  return [...environment.keys()].flatMap((variable) => {
    const value = knownValue(environment, variable);
    const observed = value === undefined ? undefined : edgeOf(value);
    if (observed === undefined) return [];
    return [
      {
        verdict: 'warn',
        rule: 'value',
        variables: [variable],
        expected: 'must begin and end with something that can be seen',
        observed,
        hint: 'Write the value again without it.',
      },
    ];
  });
}

function edgeOf(value: string): string | undefined {
  if (value.startsWith(BYTE_ORDER_MARK)) return 'begins with a byte order mark';
  // Of several lines, as a certificate has, the last one may end as the others do.
  const isOneLine = !/[\r\n]/.test(value.replace(/\r?\n$|\r$/, ''));
  if (isOneLine && LINE_END.test(value)) return 'ends with the end of a line';
  return undefined;
}
