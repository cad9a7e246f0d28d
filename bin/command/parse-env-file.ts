import { parseEnv } from 'node:util';
import type { Problem } from '../../schemas/preflight/problem.ts';

/** What an env file says, and what is odd about how it says it. */
export interface EnvFile {
  /** Of a name that is given twice, the last value. */
  readonly variables: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=/;
const NOTHING = /^[ \t]*(?:#|$)/;
/** A quote that opens a value, after the equals sign. */
const OPENING = /^[ \t]*(["'`])/;
/** Nothing but spaces, beyond which Node.js reads on. */
const ONLY_SPACE = /^[ \t]+$/;
/** A # that Node.js takes for a comment, though no space sets it apart. */
const CUT_OFF = /^#|[^ \t]#/;

/**
 * Reads an env file as Node.js does (`util.parseEnv` reads each value: quotes, comments, `\n` in double quotes, and `${…}` left
 * as it is). Around it stands what Node.js does not do: a byte order mark is no part of the first name, a value of spaces does not take the line below, a quote that is
 * never closed does not swallow the lines below, and what is doubtful is told with its line, never with its value.
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const variables = new Map<string, string>();
  const firstLines = new Map<string, number>();
  const problems: Problem[] = [];
  for (let index = 0; index < lines.length; ) {
    const line = lines[index] as string;
    const number = index + 1;
    if (NOTHING.test(line)) {
      index += 1;
      continue;
    }
    const [assigned, name] = ASSIGNMENT.exec(line) ?? [];
    if (assigned === undefined || name === undefined) {
      const end = endOfStrangeLines(lines, index);
      problems.push(notAnAssignment(number, end));
      index = end;
      continue;
    }
    const { text: written, end, problem } = valueAt(lines, index, assigned.length);
    if (problem !== undefined) problems.push({ ...PROBLEMS[problem], variables: [name], line: number });
    // Under a name of its own: Node.js would not take every name for a key.
    const value = parseEnv(`VALUE=${written}`).VALUE ?? '';
    const first = firstLines.get(name);
    if (first === undefined) firstLines.set(name, number);
    else problems.push(givenAgain(name, number, first, variables.get(name) === value));
    variables.set(name, value);
    index = end;
  }
  return { variables, problems };
}

/** The text of a value from its place in a line on, the line after it, and what is doubtful about it. */
function valueAt(
  lines: readonly string[],
  index: number,
  column: number,
): { text: string; end: number; problem?: keyof typeof PROBLEMS } {
  const first = (lines[index] as string).slice(column);
  const [opening, quote] = OPENING.exec(first) ?? [];
  if (opening === undefined || quote === undefined)
    return { text: first, end: index + 1, ...doubtIn(first, index + 1 < lines.length) };
  for (let at = index, from = opening.length; at < lines.length; at += 1, from = 0) {
    const line = at === index ? first : (lines[at] as string);
    const closing = line.indexOf(quote, from);
    if (closing < 0) continue;
    return {
      text: [first, ...lines.slice(index + 1, at + 1)].slice(0, at - index + 1).join('\n'),
      end: at + 1,
      ...(NOTHING.test(line.slice(closing + 1)) ? {} : { problem: 'textAfterQuote' }),
    };
  }
  return { text: first, end: index + 1, problem: 'neverClosed' };
}

/** What is doubtful about a value without quotes. */
function doubtIn(value: string, followed: boolean): { problem?: keyof typeof PROBLEMS } {
  if (CUT_OFF.test(value)) return { problem: 'cutOff' };
  return followed && ONLY_SPACE.test(value) ? { problem: 'onlySpace' } : {};
}

function endOfStrangeLines(lines: readonly string[], from: number): number {
  let end = from + 1;
  while (end < lines.length && !NOTHING.test(lines[end] as string) && !ASSIGNMENT.test(lines[end] as string))
    end += 1;
  return end;
}

const PROBLEMS = {
  cutOff: {
    verdict: 'warn',
    rule: 'env-file',
    expected: 'must be quoted where # belongs to it',
    observed: 'Node.js takes a # in it for a comment, and the value ends there',
    hint: 'Put quotes around the value, or a space before the comment.',
  },
  onlySpace: {
    verdict: 'warn',
    rule: 'env-file',
    expected: 'must have a value, or nothing at all after the equals sign',
    observed:
      'there is only white space, and Node.js may take the line below for its value; here it is empty',
    hint: 'Remove the white space.',
  },
  textAfterQuote: {
    verdict: 'fail',
    rule: 'env-file',
    expected: 'must end with the quote that it began with',
    observed: 'there is text after the closing quote, which is lost',
    hint: 'Use quotes of a kind that the value does not contain; a backslash does not escape them.',
  },
  neverClosed: {
    verdict: 'fail',
    rule: 'env-file',
    expected: 'must end with the quote that it began with',
    observed: 'a quote is never closed',
    hint: 'Close it, or use quotes of a kind that the value does not contain.',
  },
} as const satisfies Record<string, Omit<Problem, 'variables' | 'line'>>;

function notAnAssignment(line: number, end: number): Problem {
  return {
    verdict: 'fail',
    rule: 'env-file',
    variables: [],
    line,
    expected: 'must be NAME=value, a comment or empty',
    observed: `it is no assignment${end > line ? `, and so on to line ${end}` : ''}`,
    hint: 'A value of several lines needs quotes around it.',
  };
}

function givenAgain(name: string, line: number, first: number, same: boolean): Problem {
  return {
    verdict: 'warn',
    rule: 'env-file',
    variables: [name],
    line,
    expected: 'must be given once',
    observed: `it is given in line ${first} already, with ${same ? 'the same' : 'another'} value`,
    hint: 'The last one counts. Take the others out.',
  };
}
