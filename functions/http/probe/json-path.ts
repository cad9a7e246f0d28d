import { type PathSegment, parsePath } from '../../../schemas/health/json-path.ts';

/** A key that nobody has declared is part of a report only where it looks like a name in a program: others may be somebody's data. */
const PLAIN_KEY = /^[A-Za-z_][A-Za-z_-]{0,39}$/;

/** One value that a path found, and where. */
export interface Found {
  readonly path: string;
  readonly value: unknown;
}

/**
 * What a path finds in a parsed JSON text, in the order of the text.
 *
 * @example
 * select({ checks: { database: { status: 'ok' } } }, '$.checks[*].status') // [{ path: "$['checks']['database']['status']", value: 'ok' }]
 */
export function select(document: unknown, path: string): readonly Found[] {
  const segments = parsePath(path);
  if (segments === undefined) throw new TypeError(`${path} is not a path that is understood.`);
  let found: Found[] = [{ path: '$', value: document }];
  for (const segment of segments) found = found.flatMap((one) => step(one, segment));
  return found;
}

function step({ path, value }: Found, segment: PathSegment): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const at = (key: string | number, child: unknown): Found => ({
    path: typeof key === 'number' ? `${path}[${key}]` : `${path}['${key}']`,
    value: child,
  });
  if ('every' in segment)
    return Array.isArray(value)
      ? value.map((child, index) => at(index, child))
      : Object.entries(value).map(([key, child]) =>
          PLAIN_KEY.test(key) ? at(key, child) : { path: `${path}[*]`, value: child },
        );
  const { key } = segment;
  // An array has indices and an object has names; neither has what its prototype has.
  if (Array.isArray(value) !== (typeof key === 'number') || !Object.hasOwn(value, key)) return [];
  return [at(key, (value as Record<string | number, unknown>)[key])];
}
