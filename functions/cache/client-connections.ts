import { type CacheSession, CONNECTION_NAME } from './redis-session.ts';

/** A client's connection, as the server lists it. */
export interface ClientConnection {
  readonly id: string;
  /** Address and port of the client. */
  readonly address: string;
  /** What the client calls it; empty where it does not. */
  readonly name: string;
  /** Whole seconds since it was opened, up to one off. */
  readonly ageSeconds: number;
}

/** Flags of connections that are not clients': replicas (`S`) and primaries (`M`). */
const NODES = /[SM]/;

/** Connections of clients, without ours. */
export async function listConnections(session: CacheSession): Promise<ClientConnection[]> {
  return parseClientList(String(await session.command('CLIENT', 'LIST')));
}

/**
 * Reads the answer of CLIENT LIST.
 *
 * @see https://redis.io/docs/latest/commands/client-list/
 */
export function parseClientList(text: string): ClientConnection[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => new Map(line.split(' ').map((field) => split(field))))
    .filter((fields) => !NODES.test(fields.get('flags') ?? '') && fields.get('name') !== CONNECTION_NAME)
    .map((fields) => ({
      id: fields.get('id') ?? '',
      address: fields.get('addr') ?? '',
      name: fields.get('name') ?? '',
      ageSeconds: Number(fields.get('age') ?? Number.NaN),
    }));
}

/** Ends all clients' connections but this one, and tells how many there were. */
export async function endConnections(session: CacheSession): Promise<number> {
  let ended = 0;
  for (const type of ['normal', 'pubsub'])
    ended += Number(await session.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'));
  return ended;
}

/** A value may hold `=`. */
function split(field: string): [string, string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}
