import * as z from 'zod/mini';
import { durationMilliseconds } from './duration.ts';
import type { Format } from './rules.ts';
import { TRUTH_WORDS, truthOf } from './truth.ts';
import { urlParts } from './url.ts';
import { kindOfValue } from './value-kind.ts';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const email = z.email();

/** A pattern that must match from the first character to the last. */
export const wholeMatch = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'u');

/** What a format asks for, after `must be`. */
export function describeFormat(format: Format): string {
  switch (format.kind) {
    case 'url':
      return format.schemes === undefined
        ? 'a URL with its scheme, such as https://host/path'
        : `a URL that begins with ${format.schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
    case 'integer':
      return `a whole number${limits(format.min, format.max)}`;
    case 'number':
      return `a number${limits(format.min, format.max)}`;
    case 'duration':
      return `a duration such as 30s, 5m or 1h${limits(format.min, format.max)}`;
    case 'boolean':
      return TRUTH_WORDS;
    case 'one-of':
      return `one of ${format.values.join(', ')}`;
    case 'email':
      return 'an e-mail address';
    case 'pattern':
      return `matched as a whole by ${format.pattern}`;
    case 'json':
      return 'JSON';
  }
}

function limits(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? '' : `, at most ${max}`;
}

/** What was found where a value does not have its format, without the value; undefined where it has. */
export function formatMismatch(format: Format, value: string): string | undefined {
  const other = kindOfValue(value);
  switch (format.kind) {
    case 'url': {
      const parts = urlParts(value);
      if (parts === undefined) return other;
      if (format.schemes === undefined || format.schemes.includes(parts.scheme)) return undefined;
      return 'a URL of another scheme';
    }
    case 'integer':
      if (!INTEGER.test(value)) return other;
      return outside(other, Number(value), format.min, format.max);
    case 'number':
      if (!DECIMAL.test(value)) return other;
      return outside(other, Number(value), format.min, format.max);
    case 'duration': {
      const time = durationMilliseconds(value);
      if (time === undefined) return other === 'a whole number' ? 'a whole number without a unit' : other;
      return outside('a duration', time, asTime(format.min), asTime(format.max));
    }
    case 'boolean':
      return truthOf(value) === undefined ? other : undefined;
    case 'one-of': {
      if (format.values.includes(value)) return undefined;
      const word = value.trim().toLowerCase();
      return format.values.some((allowed) => allowed.toLowerCase() === word)
        ? 'one of them in another case, or with white space around it'
        : other;
    }
    case 'email':
      return z.safeParse(email, value).success ? undefined : other;
    case 'pattern':
      return wholeMatch(format.pattern).test(value) ? undefined : other;
    case 'json':
      return isJson(value) ? undefined : other;
  }
}

const asTime = (text: string | undefined) => (text === undefined ? undefined : durationMilliseconds(text));

function outside(
  kind: string,
  value: number,
  min = -Number.MAX_VALUE,
  max = Number.MAX_VALUE,
): string | undefined {
  if (value < min) return `${kind} that is too small`;
  return value > max ? `${kind} that is too large` : undefined;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    // Its message would quote the value.
    return false;
  }
}
