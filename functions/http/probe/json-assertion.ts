import type { Judgement } from '../../../schemas/finding.ts';
import type { JsonAssertion } from '../../../schemas/health/json-assertion.ts';
import { isReady } from '../health-answer.ts';
import { sayValue } from '../say-value.ts';
import { select } from './json-path.ts';

/** Longest declared value that is repeated in a finding, in characters. */
const LONGEST_SHOWN = 60;
/** So many of the values that fail are named. */
const MOST_NAMED = 3;

/** Judges a parsed JSON answer by one assertion. */
export function judgeJson(document: unknown, assertion: JsonAssertion): Judgement {
  const found = select(document, assertion.path);
  const expected = `${assertion.path} ${wording(assertion)}`;
  if (assertion.present === false)
    return found.length === 0
      ? { verdict: 'pass', observed: 'not there', expected }
      : { verdict: 'fail', observed: `there: ${found[0]?.path}`, expected };
  if (found.length === 0) return { verdict: 'fail', observed: 'not there', expected };
  const wrong = found.filter(({ value }) => !holds(value, assertion));
  const shown = (wrong.length > 0 ? wrong : found)
    .slice(0, MOST_NAMED)
    .map(
      ({ path, value }) =>
        `${path} is ${declared(assertion).includes(value) ? show(value) : sayValue(value)}`,
    );
  const rest = (wrong.length > 0 ? wrong : found).length - shown.length;
  return {
    verdict: wrong.length > 0 ? 'fail' : 'pass',
    observed: `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
    expected,
  };
}

function holds(value: unknown, { equals, oneOf, atLeast, atMost, ready }: JsonAssertion): boolean {
  if (equals !== undefined && value !== equals) return false;
  if (oneOf !== undefined && !oneOf.includes(value as never)) return false;
  if (ready !== undefined && isReady(value) !== ready) return false;
  if (atLeast === undefined && atMost === undefined) return true;
  return typeof value === 'number' && value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}

function wording({ present, equals, oneOf, atLeast, atMost, ready }: JsonAssertion): string {
  if (present === false) return 'is not there';
  const parts = [
    equals === undefined ? '' : `is ${show(equals)}`,
    oneOf === undefined ? '' : `is one of ${oneOf.map(show).join(', ')}`,
    atLeast === undefined ? '' : `is at least ${atLeast}`,
    atMost === undefined ? '' : `is at most ${atMost}`,
    ready === undefined ? '' : `is ${ready ? '' : 'not '}ready`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'is there' : parts.join(' and ');
}

/** What stands in the configuration anyway. */
const declared = ({ equals, oneOf = [] }: JsonAssertion): readonly unknown[] => [equals, ...oneOf];

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
