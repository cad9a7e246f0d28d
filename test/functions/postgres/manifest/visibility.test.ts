import { describe, expect, test } from 'vitest';
import { classOfRow, parseSnapshot } from '../../../../functions/postgres/manifest/visibility.ts';
import { aServer } from './database.ts';

const database = aServer();
/** 2³². */
const EPOCH = 4_294_967_296n;

test('a snapshot is read with 64-bit ids', () => {
  expect(parseSnapshot('8589934600:8589934700:8589934600,8589934650')).toEqual({
    xmin: 8_589_934_600n,
    xmax: 8_589_934_700n,
  });
});

describe('the class of a row by its transaction', () => {
  const snapshot = (epoch: bigint) =>
    `${epoch * EPOCH + 1000n}:${epoch * EPOCH + 1010n}:${epoch * EPOCH + 1000n},${epoch * EPOCH + 1005n}`;
  const next = (id: bigint) => `${id}:${id}:`;
  test.each<[string, number | bigint, string, string, string]>([
    ['before the snapshot', 999, snapshot(0n), next(2000n), 'old'],
    ['in progress then', 1000, snapshot(0n), next(2000n), 'newer'],
    ['in the window, not listed', 1003, snapshot(0n), next(2000n), 'window'],
    ['in the window, listed', 1005, snapshot(0n), next(2000n), 'newer'],
    ['after the snapshot', 1010, snapshot(0n), next(2000n), 'newer'],
    ['just now', 1999, snapshot(0n), next(2000n), 'newer'],
    ['permanent, of initdb', 1, snapshot(0n), next(2000n), 'old'],
    ['permanent, frozen long ago', 2, snapshot(3n), next(3n * EPOCH + 2000n), 'old'],
    ['before the snapshot, in a later epoch', 999, snapshot(3n), next(3n * EPOCH + 2000n), 'old'],
    ['after the snapshot, in a later epoch', 1010, snapshot(3n), next(3n * EPOCH + 2000n), 'newer'],
    ['in the window, in a later epoch', 1003, snapshot(3n), next(3n * EPOCH + 2000n), 'window'],
    ['of the epoch before', EPOCH - 5n, snapshot(3n), next(3n * EPOCH + 2000n), 'old'],
    ['of the epoch before, frozen', 3_000_000_000, snapshot(3n), next(3n * EPOCH + 2000n), 'old'],
    ['half the ids ago, frozen', 2_147_490_000, snapshot(3n), next(3n * EPOCH + 5000n), 'old'],
    [
      'after the snapshot, in the next epoch',
      50,
      `${EPOCH - 90n}:${EPOCH - 90n}:`,
      next(EPOCH + 100n),
      'newer',
    ],
    [
      'before the snapshot, seen from the next epoch',
      EPOCH - 100n,
      `${EPOCH - 90n}:${EPOCH - 90n}:`,
      next(EPOCH + 100n),
      'old',
    ],
    [
      'after the snapshot, seen from the next epoch',
      EPOCH - 80n,
      `${EPOCH - 90n}:${EPOCH - 90n}:`,
      next(EPOCH + 100n),
      'newer',
    ],
  ])('%s', async (_what, xmin, then, now, expected) => {
    const { run } = await once();
    const [row] = await run(
      `SELECT ${classOfRow(then, now, undefined)} AS class FROM (SELECT '${xmin}'::xid AS xmin) AS t`,
    );
    expect(row).toEqual({ class: expected });
  });

  test('is beyond where the key is above the highest of then', async () => {
    const { run } = await once();
    const rows = await run(
      `SELECT ${classOfRow(snapshot(0n), next(2000n), 't.id > 5')} AS class
       FROM (VALUES ('999'::xid, 9), ('1500', 5), ('1500', 6)) AS t (xmin, id)`,
    );
    expect(rows.map((row) => row.class)).toEqual(['old', 'newer', 'beyond']);
  });
});

let made: ReturnType<typeof database> | undefined;
/** One database for all, as nothing is written to it. */
function once() {
  made ??= database();
  return made;
}
