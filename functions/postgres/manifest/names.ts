import pg from 'pg';

/** A table's name as the catalog has it, unquoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** For SQL: always quoted, so that spaces, quotes, upper case and reserved words are all the same. */
export function quoted({ schema, name }: TableName): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

/** For people and for configuration: quoted only where it must be, `public.orders` or `public."Old Orders"`. */
export function printed({ schema, name }: TableName): string {
  const part = (text: string) => (/^[a-z_][a-z0-9_$]*$/.test(text) ? text : pg.escapeIdentifier(text));
  return `${part(schema)}.${part(name)}`;
}
