import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Transient } from '../../errors.ts';
import type { Session } from '../session.ts';
import { PATIENCE, type Patience } from './give-objects.ts';
import type { Policy, TakeOver } from './ownership.ts';
import { readHolders } from './read-holders.ts';
import { readPolicies } from './read-policies.ts';
import { roleFailure } from './role-failure.ts';
import { withRoles } from './with-roles.ts';

const LOCKED = '55P03';

/** Lets the planned policies name the owner role instead of its users; members of a role are held to its policies, too. */
export async function movePolicies(
  session: Session,
  { policies }: Pick<TakeOver, 'policies'>,
  { from, to }: { from: readonly string[]; to: string },
  signal: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<void> {
  const planned = new Set(policies.map(keyOf));
  for (const policy of await readPolicies(session, from))
    if (planned.has(keyOf(policy)))
      await alterPolicy(
        session,
        policy,
        [...new Set(policy.roles.map((role) => (from.includes(role) ? to : role)))],
        signal,
        patience,
      );
}

/** Lets them name whom they named before. */
export async function returnPolicies(
  session: Session,
  { policies, ownerRole }: Pick<TakeOver, 'policies' | 'ownerRole'>,
  signal: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<void> {
  const before = new Map(policies.map((policy) => [keyOf(policy), policy]));
  for (const policy of await readPolicies(session, [ownerRole])) {
    const planned = before.get(keyOf(policy));
    if (planned !== undefined && planned.roles.join() !== policy.roles.join())
      await alterPolicy(session, policy, planned.roles, signal, patience);
  }
}

const keyOf = ({ table, policy }: Policy): string => JSON.stringify([table, policy]);

async function alterPolicy(
  session: Session,
  { table, policy, tableOwner }: Policy,
  roles: readonly string[],
  signal: AbortSignal,
  { attempts, pause }: Patience,
): Promise<void> {
  const statement = `ALTER POLICY ${pg.escapeIdentifier(policy)} ON ${table} TO ${roles.map(pg.escapeIdentifier).join(', ')}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withRoles(session, [tableOwner], async () => void (await session.query(statement)));
    } catch (error) {
      const what = `The policy ${policy} on ${table} could not be made to name ${roles.join(', ')}`;
      if ((error as { code?: string }).code !== LOCKED) throw roleFailure(error, what);
      if (attempt >= attempts) {
        const holders = await withRoles(session, [tableOwner], () => readHolders(session, table));
        throw new Transient(
          `${what}: somebody else holds a lock on ${table} for too long${holders.length === 0 ? '' : ` (${holders.join('; ')})`}. All clients go on working. It is tried again; end that transaction if it goes on.`,
          { object: table, holders },
        );
      }
      await sleep(pause, undefined, { signal });
    }
  }
}
