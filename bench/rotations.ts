import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundleFunctions } from '../lib/bundling/bundle-functions.ts';
import { type Met, reconnect } from './rotations/reconnect.ts';
import { startFunction } from './rotations/rotation-function.ts';
import { readLogin, rotationFunctions } from './rotations/rotator.ts';
import { DATABASE, type RotatedKind, startWorld, type World } from './rotations/world.ts';
import { median, table } from './statistics.ts';

const ROUNDS = 10;
/** Clients of each kind: some read the secret before each login, some are given it and redeployed when a rotation has ended. */
const CLIENTS = 2;
/** So long clients log in before a rotation begins and after it has ended. */
const AROUND_MILLISECONDS = 200;
const KINDS: readonly RotatedKind[] = ['alternating-users', 'single-user'];

interface Contender {
  readonly title: string;
  readonly kind: RotatedKind;
  /** Of its function, its secret and its first user. */
  readonly name: string;
  readonly arn: string;
}

interface Measured extends Met {
  readonly connections: number;
  readonly roundTrips: number;
  readonly statements: number;
  readonly calls: number;
  readonly milliseconds: number;
}

/**
 * Rotations by Nightshift's functions and by imitations of AWS's templates, of users on the same database, while clients reconnect all
 * the time. Secrets Manager of the sandbox calls the functions, each in a process of its own that stays warm.
 */
export async function rotations(): Promise<string> {
  const functions = rotationFunctions();
  const world = await startWorld(functions.service);
  try {
    const contenders: Contender[] = [];
    for (const kind of KINDS)
      for (const whose of ['nightshift', 'reference'] as const) {
        const name = `${whose}_${kind.replace('-', '_')}`;
        const arn = await world.addUsers(name, kind);
        if (whose === 'nightshift') await world.declare(name, arn, kind);
        functions.add(name, startFunction(world.machine, fileOf(whose, kind), world.environment));
        contenders.push({ title: `${kind.replace('-', ' ')}, ${whose}`, kind, name, arn });
      }
    const rotate = ({ name, arn }: Contender) => functions.rotate(world, name, arn);
    // The first rotations load what the functions need.
    for (const contender of contenders) for (const _ of [1, 2]) await rotate(contender);
    const measured = new Map(contenders.map(({ name }) => [name, [] as Measured[]]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const contender of contenders)
        measured.get(contender.name)?.push(await measure(world, contender, () => rotate(contender)));
    return describe(contenders, measured);
  } finally {
    await world.close();
  }
}

function fileOf(whose: 'nightshift' | 'reference', kind: string): string {
  if (whose === 'reference') return fileURLToPath(new URL(`rotations/reference-${kind}.ts`, import.meta.url));
  const entry = `secrets/keep-postgresql-${kind}`;
  return join(bundleFunctions([entry]).get(entry) as string, 'index.cjs');
}

async function measure(world: World, { arn }: Contender, rotate: () => Promise<number>): Promise<Measured> {
  const { server, way, machine } = world;
  const given = { login: await readLogin(world, arn) };
  const ssl = { ca: await readFile(machine.certificateAuthority.file, 'utf8') };
  const stop = reconnect({ host: server.host, port: server.port, database: DATABASE, ssl }, [
    ...Array.from({ length: CLIENTS }, () => () => readLogin(world, arn)),
    ...Array.from({ length: CLIENTS }, () => async () => given.login),
  ]);
  await pause(AROUND_MILLISECONDS);
  await server.administer('postgres', ['SELECT pg_stat_statements_reset()']);
  way.take();
  const begun = performance.now();
  const calls = await rotate();
  const milliseconds = performance.now() - begun;
  given.login = await readLogin(world, arn);
  const { connections, roundTrips } = way.take();
  const statements = await countStatements(world);
  await pause(AROUND_MILLISECONDS);
  return { ...(await stop()), connections, roundTrips, statements, calls, milliseconds };
}

/** By the server's own count, which is the same for every driver. Clients only log in and out. */
async function countStatements({ server }: World): Promise<number> {
  return await server.session('postgres', async (client) => {
    const { rows } = await client.query(
      `SELECT sum(calls)::int AS calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`,
    );
    return rows[0].calls;
  });
}

function describe(contenders: readonly Contender[], all: ReadonlyMap<string, readonly Measured[]>): string {
  const of = (name: string, which: keyof Measured) => (all.get(name) ?? []).map((one) => one[which]);
  const sum = (values: readonly number[]) => String(values.reduce((total, value) => total + value, 0));
  return table(
    [
      `${ROUNDS} rotations of each`,
      ...['connections', 'statements', 'round trips to PostgreSQL', 'calls of AWS', 'duration, ms'],
      ...['× reference', 'logins of clients', 'refused', 'refused, ms a rotation', '× reference'],
    ],
    contenders.map(({ title, kind, name }) => {
      const ratio = (which: keyof Measured) => {
        const other = of(`reference_${kind.replace('-', '_')}`, which);
        // Of each round by itself: its two had the same machine.
        const value = median(of(name, which).map((one, round) => one / (other[round] ?? Number.NaN)));
        return Number.isNaN(value) ? '' : value.toFixed(2);
      };
      return [
        title,
        ...(['connections', 'statements'] as const).map((which) => median(of(name, which)).toFixed(0)),
        // A farewell is answered in time in some rounds only, and nobody waits for it.
        Math.min(...of(name, 'roundTrips')).toFixed(0),
        ...(['calls', 'milliseconds'] as const).map((which) => median(of(name, which)).toFixed(0)),
        ratio('milliseconds'),
        sum(of(name, 'logins')),
        sum(of(name, 'refused')),
        median(of(name, 'refusedMilliseconds')).toFixed(0),
        ratio('refusedMilliseconds'),
      ];
    }),
  );
}
