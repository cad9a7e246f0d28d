import { RunbookError } from '../../errors.ts';

/** Shorter texts stand in sentences of their own right; whatever generates secrets makes longer ones. */
const SHORTEST_HIDDEN = 6;
/** Fields that say where or for whom a secret is, and are no secret. */
const PUBLIC_FIELDS: ReadonlySet<string> = new Set([
  ...['engine', 'host', 'port', 'dbname', 'username', 'dbInstanceIdentifier', 'dbClusterIdentifier'],
  ...['masterarn', 'kid', 'alg', 'kty', 'crv', 'use', 'createdAt', 'signsFrom', 'verifiesUntil'],
]);

/** Knows the values that an invocation has read or made, and takes them out of whatever leaves it. */
export interface HiddenValues {
  learn(text: string): void;
  hide(text: string): string;
  /** All texts of a value that is plain data. */
  hideIn<Data>(data: Data): Data;
}

/** The second line of defence: no sentence is made of values to begin with. */
export function hiddenValues(): HiddenValues {
  const known = new Set<string>();
  const add = (text: string) => {
    if (text.length < SHORTEST_HIDDEN) return;
    for (const form of [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(safe(text))])
      known.add(form);
  };
  const hide = (text: string) => {
    // Longer ones first: a value may be part of another.
    const ordered = [...known].toSorted((one, other) => other.length - one.length);
    return ordered.reduce((result, value) => result.replaceAll(value, '***'), text);
  };
  const hideIn = (data: unknown): unknown => {
    if (typeof data === 'string') return hide(data);
    if (Array.isArray(data)) return data.map(hideIn);
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, hideIn(part)]));
  };
  return {
    learn(text) {
      add(text);
      try {
        for (const part of secretParts(JSON.parse(text))) add(part);
      } catch {
        // It is no JSON: the whole text is the secret.
      }
    },
    hide,
    hideIn: <Data>(data: Data) => hideIn(data) as Data,
  };
}

/** An error in which no known value is left. */
export function withoutValues(thrown: unknown, { hide, hideIn }: HiddenValues): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  error.message = hide(error.message);
  error.stack = hide(error.stack ?? '');
  if (error instanceof RunbookError) Object.assign(error.facts, hideIn(error.facts));
  return error;
}

function secretParts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (PUBLIC_FIELDS.has(name) ? [] : secretParts(part)));
}

/** Without lone surrogates, which cannot be encoded. */
const safe = (text: string) => text.toWellFormed();
