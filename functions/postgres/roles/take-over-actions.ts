import type { Action } from '../../../schemas/run.ts';
import type { Ownership, TakeOver } from './ownership.ts';

/** So many names are in an action; all of them are in what was observed. */
const MOST_NAMED = 20;
/** One statement and its round trip, in seconds; waiting for locks comes on top. */
const STATEMENT_SECONDS = 0.05;

/** The writes of a take-over, for whoever approves them. */
export function takeOverActions(takeOver: TakeOver, { address, unfinished }: Ownership): Action[] {
  const { ownerRole, users, makes, joins, memberships, objects, grants, defaults, policies, acts } = takeOver;
  const [user, second] = users;
  const action = (
    id: string,
    title: string,
    call: string,
    parameters: Record<string, unknown>,
    undo: string,
    statements: number,
  ): Action => ({
    id,
    title,
    call: `postgres:${call}`,
    resource: address,
    parameters,
    reversible: true,
    undo,
    expectedSeconds: Math.ceil(statements * STATEMENT_SECONDS),
    costUsd: 0,
  });
  const actions: Action[] = [];
  if (makes.owner)
    actions.push(
      action(
        'make-owner-role',
        `Make the role ${ownerRole}, which may not log in`,
        'CREATE ROLE',
        { role: ownerRole },
        `Drop ${ownerRole} once nothing belongs to it.`,
        1,
      ),
    );
  if (joins.length > 0)
    actions.push(
      action(
        'join-owner-role',
        `Make ${joins.join(' and ')} a member of ${ownerRole}`,
        'GRANT',
        { members: joins },
        `Take the membership away once nothing belongs to ${ownerRole}.`,
        joins.length,
      ),
    );
  if (memberships.length > 0)
    actions.push(
      action(
        'let-owner-role-join',
        `Make ${ownerRole} a member of ${memberships.map(({ role }) => role).join(', ')}, as ${user} is`,
        'GRANT',
        { roles: memberships.map(({ role }) => role) },
        'Take the memberships away.',
        memberships.length,
      ),
    );
  if (grants.length + defaults.length + policies.length > 0)
    actions.push(
      action(
        'move-privileges',
        `Move to ${ownerRole} what ${user} was granted by others: ${count(grants.length, 'grant')}, ${count(defaults.length, 'default privilege')}, ${count(policies.length, 'policy', 'policies')}`,
        'GRANT',
        {
          grants: some(
            grants.map(
              ({ privileges, type, identity, column }) =>
                `${privileges.join(', ')} on ${type} ${identity}${column === null ? '' : ` (${column})`}`,
            ),
          ),
          defaults: some(
            defaults.map(
              ({ definer, objects: kind, schema }) =>
                `${kind} of ${definer}${schema === null ? '' : ` in ${schema}`}`,
            ),
          ),
          policies: some(policies.map(({ policy, table }) => `${policy} on ${table}`)),
        },
        `Move them back to whom they were granted.`,
        grants.length + defaults.length + policies.length,
      ),
    );
  for (const { user: holder, type, names } of objects)
    actions.push(
      action(
        `give-${type.replaceAll(' ', '-')}-of-${holder}`,
        `Give ${count(names.length, type)} of ${holder} to ${ownerRole}`,
        'ALTER … OWNER TO',
        { count: names.length, names: some(names) },
        `Give them back to ${holder}.`,
        names.length * 4,
      ),
    );
  if (acts.length > 0)
    actions.push(
      action(
        'act-as-owner',
        `Let new sessions of ${acts.join(' and ')} begin as ${ownerRole}${takeOver.searchPath === null ? '' : `, with the search path ${takeOver.searchPath.join(', ')}`}`,
        'ALTER ROLE … SET role',
        { users: acts, searchPath: takeOver.searchPath },
        'Let them begin as themselves again.',
        acts.length,
      ),
    );
  if (makes.second)
    actions.push(
      action(
        'make-second-user',
        `Make ${second} a role like ${user}, without a password`,
        'CREATE ROLE',
        { role: second },
        `Drop ${second}.`,
        4,
      ),
    );
  if (actions.length > 0 || unfinished)
    actions.push(
      action(
        'settle',
        `Once the consumers have reconnected, give ${ownerRole} what was made meanwhile, and take default privileges of ${users.join(' and ')} away`,
        'ALTER DEFAULT PRIVILEGES',
        { users },
        'Make the default privileges anew.',
        20,
      ),
    );
  return actions;
}

const some = (names: readonly string[]): string[] =>
  names.length <= MOST_NAMED
    ? [...names]
    : [...names.slice(0, MOST_NAMED), `and ${names.length - MOST_NAMED} more`];

const count = (number: number, one: string, many = one.endsWith('s') ? one : `${one}s`): string =>
  number === 1 ? `one ${one}` : `${number} ${many}`;
