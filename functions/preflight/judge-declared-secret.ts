import type { Judgement } from '../../schemas/finding.ts';
import { jsonObject } from './injected-value.ts';
import type { Source } from './read-sources.ts';

const CORRECT = 'Correct the secret, or what the configuration declares of its fields.';

/** Judges a declared secret against the fields that its JSON must have; without any, that it loads is enough (P-12). */
export function judgeDeclaredSecret(source: Source | undefined, fields: readonly string[]): Judgement {
  const expected = `must load${fields.length === 0 ? '' : `, and have the fields ${fields.join(', ')}`}`;
  if (source === undefined) return { verdict: 'unknown', observed: 'has no ARN to be read by', expected };
  if ('failed' in source) return { ...source.failed, expected };
  if (fields.length === 0) return { verdict: 'pass', observed: 'was read', expected };
  const found = jsonObject(source.text);
  if ('problem' in found) return { verdict: 'fail', observed: found.problem, expected, next: CORRECT };
  const { object } = found;
  const missing = fields.filter((field) => !Object.hasOwn(object, field));
  const empty = fields.filter((field) => Object.hasOwn(object, field) && isEmpty(object[field]));
  const wrong = [
    ...(missing.length === 0 ? [] : [`has no ${missing.join(', ')}`]),
    ...(empty.length === 0 ? [] : [`has nothing in ${empty.join(', ')}`]),
  ];
  return wrong.length === 0
    ? { verdict: 'pass', observed: 'was read', expected }
    : {
        verdict: 'fail',
        observed: wrong.join(', and '),
        expected,
        next: CORRECT,
      };
}

const isEmpty = (value: unknown) => value === null || (typeof value === 'string' && value.trim() === '');
