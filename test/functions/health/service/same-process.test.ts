import { expect, it } from 'vitest';
import { whoAnswered } from '../../../../functions/health/service/same-process.ts';

const SCRAPED = 1_750_000_000;
const one = (sum: number, count = 1) => ({ count, sum });
const STARTED = SCRAPED - 3600;

it.each([
  ['the same process', one(STARTED), one(STARTED), 'the same'],
  ['one that began anew since', one(STARTED), one(SCRAPED + 4), 'the same, begun anew'],
  ['an older one', one(STARTED), one(STARTED - 60), 'another'],
  ['a younger one that was there before', one(STARTED), one(STARTED + 60), 'another'],
  ['another number of workers', one(2 * STARTED, 2), one(STARTED), 'another'],
  ['something that is no number', one(Number.NaN), one(STARTED), 'another'],
  ['one that does not tell', one(0, 0), one(0, 0), 'not told'],
  ['one that tells only once', one(STARTED), undefined, 'not told'],
])('tells %s', (_, before, after, answer) => {
  expect(whoAnswered(before, after, SCRAPED)).toBe(answer);
});
