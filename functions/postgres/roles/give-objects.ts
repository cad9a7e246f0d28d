import { setTimeout as sleep } from 'node:timers/promises';
import { Transient } from '../../errors.ts';
import type { Session } from '../session.ts';
import { type OwnedObject, readOwned } from './compare-ownership.ts';
import { giveObject, giveRest } from './give-object.ts';
import { readHolders } from './read-holders.ts';
import { roleFailure } from './role-failure.ts';
import { withRoles } from './with-roles.ts';

/** How patient it is with those who hold an object; with the session's lock timeout of half a second, some eight seconds in all. */
export interface Patience {
  readonly attempts: number;
  /** Between two attempts, in milliseconds; others get through then. */
  readonly pause: number;
}
export const PATIENCE: Patience = { attempts: 8, pause: 500 };

const LOCKED = '55P03';
const EXTENSION = 'extension';
/** PostgreSQL's words for what is not there. */
const GONE = new Set(['42P01', '42704', '42883', '3F000', '3D000', 'XX000']);

/** What was given, and what could not be, by its name. */
export interface Given {
  readonly given: number;
  readonly left: readonly string[];
}

/**
 * Gives away what belongs to a role, one object after the other. What is there no more, or not the role's any more, is passed over, so that
 * it can be run again at any time.
 *
 * @param chosen which of its objects
 * @param to whom each is given
 * @throws Transient that names the object which somebody else holds; what was given before it stays given
 */
export async function giveObjects(
  session: Session,
  from: string,
  to: (object: OwnedObject) => string,
  chosen: (object: OwnedObject) => boolean,
  signal: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<Given> {
  const owned = (await readOwned(session, [from])).filter((object) => !object.follows && chosen(object));
  const extensions = owned.filter(({ type }) => type === EXTENSION);
  let given = 0;
  // Who owns a schema may create in it.
  const first = owned.filter(({ type }) => type === 'schema' || type === 'database');
  const others = owned.filter((object) => !first.includes(object) && !extensions.includes(object));
  for (const object of [...first, ...others]) {
    signal.throwIfAborted();
    if (await give(session, object, to(object), signal, patience)) given += 1;
  }
  const [extension] = extensions;
  if (extension === undefined) return { given, left: [] };
  const rest = (await readOwned(session, [from])).filter(
    ({ type, follows }) => type !== EXTENSION && !follows,
  );
  if (rest.length > 0) return { given, left: extensions.map(({ identity }) => identity) };
  await giveRest(session, from, to(extension)).catch((error) => {
    throw roleFailure(error, `The extensions of ${from} could not be given to ${to(extension)}`);
  });
  return { given: given + extensions.length, left: [] };
}

/** Whether it was there to be given. */
async function give(
  session: Session,
  object: OwnedObject,
  to: string,
  signal: AbortSignal,
  { attempts, pause }: Patience,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await giveObject(session, object, to);
      return true;
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (code !== LOCKED) {
        if (GONE.has(code) && !(await isThere(session, object))) return false;
        throw roleFailure(error, `The ${object.type} ${object.identity} could not be given to ${to}`);
      }
      if (attempt >= attempts) throw await heldByOthers(session, object, to);
      await sleep(pause, undefined, { signal });
    }
  }
}

async function isThere(session: Session, { user, type, identity }: OwnedObject): Promise<boolean> {
  const owned = await readOwned(session, [user]);
  return owned.some((one) => one.type === type && one.identity === identity);
}

async function heldByOthers(
  session: Session,
  { user, type, identity }: OwnedObject,
  to: string,
): Promise<Transient> {
  // The user's own sessions are the likeliest, and only its members see what they do.
  const holders = await withRoles(session, [user], () => readHolders(session, identity));
  return new Transient(
    `The ${type} ${identity} could not be given to ${to}: somebody else holds a lock on it for too long${holders.length === 0 ? '' : ` (${holders.join('; ')})`}. It stays as it is; what was given before it stays given, and all clients go on working. It is tried again; end that transaction if it goes on.`,
    { object: identity, holders },
  );
}
