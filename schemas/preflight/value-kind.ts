import { truthOf } from './truth.ts';
import { isUrl } from './url.ts';

/** What a value is, in words from which nobody can tell it: its kind, or how long it is. */
export function kindOfValue(value: string): string {
  if (value === '') return 'nothing';
  if (/^[+-]?\d+$/.test(value)) return 'a whole number';
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) return 'a number';
  if (truthOf(value) !== undefined) return 'a word for true or false';
  if (isUrl(value)) return 'a URL';
  const lines = value.split('\n').length;
  const size = `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
  return `${size}${lines > 1 ? ` in ${lines} lines` : ''}${value.trim() === value ? '' : ', with white space around it'}`;
}
