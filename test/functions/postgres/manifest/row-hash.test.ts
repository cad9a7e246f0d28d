import { expect, test } from 'vitest';
import type { Column } from '../../../../functions/postgres/manifest/manifest.ts';
import { hashOf } from '../../../../functions/postgres/manifest/row-hash.ts';
import { aServer } from './database.ts';

const database = aServer();

/** Two values of a type that a hash could take for the same. */
test.each([
  ['smallint', '1', '-1'],
  ['integer', '0', 'NULL'],
  // The hash of PostgreSQL's own partitioning takes these for the same.
  ['bigint', '1', '4294967296'],
  ['numeric', '5', '-5'],
  ['numeric', '1.0', '1.00'],
  ['numeric', "'NaN'", "'Infinity'"],
  ['jsonb', `'{"a": 5}'`, `'{"a": -5}'`],
  ['jsonb', `'{"a": 1.0}'`, `'{"a": 1.00}'`],
  ['json', `'{"a":1}'`, `'{"a": 1}'`],
  ['double precision', '0', "'-0'"],
  ['interval', "'24 hours'", "'1 day'"],
  ['text', "''", 'NULL'],
  ['character varying(9)', "'a'", "'a '"],
  ['character(3)', "'a'", "'b'"],
  ['uuid', 'NULL', "'00000000-0000-0000-0000-000000000000'"],
  ['boolean', 'false', 'NULL'],
  ['bytea', "''", "'\\x00'"],
  ['date', "'2025-01-01'", "'infinity'"],
  ['timestamp(3) with time zone', "'2025-01-01 00:00:00.001Z'", "'2025-01-01 00:00:00.002Z'"],
  ['timestamp without time zone', "'2025-01-01'", "'2025-01-01 01:11:34.967296'"],
  ['text[]', "'{a,b}'", `'{"a,b"}'`],
  ['point', "'(1,2)'", "'(2,1)'"],
])('%s: %s is not %s', async (type, one, other) => {
  const [row] = await hashes([{ name: 'a', type, notNull: false }], `(${one}::${type}), (${other}::${type})`);
  expect(row).toEqual({ rows: '2', different: '2' });
});

test('columns that exchange their values, and nulls in others, have another hash', async () => {
  const columns = ['a', 'b', 'c'].map((name) => ({ name, type: 'bigint', notNull: false }));
  const [row] = await hashes(
    columns,
    '(1::bigint, 2::bigint, NULL::bigint), (2, 1, NULL), (NULL, 1, 2), (1, NULL, 2), (1, 1, 2), (NULL, NULL, NULL)',
  );
  expect(row).toEqual({ rows: '6', different: '6' });
});

test('two rows that exchange a value have another sum', async () => {
  const { run } = await once();
  const columns = ['a', 'b'].map((name) => ({ name, type: 'boolean', notNull: true }));
  const [row] = await run(
    `SELECT (SELECT sum(${hashOf(columns, 1)}) FROM (VALUES (true, true), (false, false)) AS t (a, b))
       = (SELECT sum(${hashOf(columns, 1)}) FROM (VALUES (true, false), (false, true)) AS t (a, b)) AS same`,
  );
  expect(row).toEqual({ same: false });
});

test('a table without columns has a hash', async () => {
  const { run } = await once();
  const [row] = await run(`SELECT ${hashOf([], 1)} IS NOT NULL AS known FROM (SELECT) AS t`);
  expect(row).toEqual({ known: true });
});

async function hashes(columns: readonly Column[], values: string) {
  const { run } = await once();
  return run(`SELECT count(*)::text AS rows, count(DISTINCT ${hashOf(columns, 1)})::text AS different
    FROM (VALUES ${values}) AS t (${columns.map(({ name }) => name).join(', ')})`);
}

let made: ReturnType<typeof database> | undefined;
/** One database for all, as nothing is written to it. */
function once() {
  made ??= database();
  return made;
}
