import pg from 'pg';
import { InvalidInput } from '../../errors.ts';

/** A table or index, named exactly as the catalogue has it. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** One part of a name: between double quotes, which are doubled within, or up to the next dot. */
const PART = /"((?:[^"]|"")+)"|([^".]+)/y;

/**
 * Reads a name as people write it: `orders`, `public.orders`, `billing."Invoice.Lines"`. A name means exactly what it says:
 * it is not made lower-case, with or without quotes; quotes are needed only around a dot or a quote. Without a schema,
 * `public` is meant.
 *
 * @throws InvalidInput when it is not a name
 */
export function parseRelation(text: string): RelationName {
  const [first, second, ...rest] = parse(text);
  if (first === undefined || rest.length > 0) throw unreadable(text);
  return second === undefined ? { schema: 'public', name: first } : { schema: first, name: second };
}

/**
 * Reads the name of a column, quoted or not, in the same way.
 *
 * @throws InvalidInput when it is not a name
 */
export function parseColumn(text: string): string {
  const [name, ...rest] = parse(text);
  if (name === undefined || rest.length > 0) throw unreadable(text);
  return name;
}

/** The name as a statement takes it. */
export function quoted({ schema, name }: RelationName): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

function parse(text: string): string[] {
  const parts: string[] = [];
  for (let position = 0; ; position += 1) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    if (match === null) throw unreadable(text);
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    position = PART.lastIndex;
    if (position === text.length) return parts;
    if (text[position] !== '.') throw unreadable(text);
  }
}

function unreadable(text: string): InvalidInput {
  return new InvalidInput(
    `${JSON.stringify(text)} is not a name such as schema.table or "My schema"."My table". Nothing was changed.`,
  );
}
