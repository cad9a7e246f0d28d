import type { Ownership, TakeOver } from './ownership.ts';

/** One paragraph for whoever approves it. */
export function takeOverSummary(
  { address, objects, following, grants, user, secondName, ownerRole }: Ownership,
  { makes, defaults, policies }: TakeOver,
  actions: number,
): string {
  if (actions === 0)
    return `${user.name} and ${secondName} act as ${ownerRole} at ${address} already, and nothing belongs to either of them: there is nothing to do.`;
  const number = objects.reduce((sum, { names }) => sum + names.length, 0);
  const kinds = [...Map.groupBy(objects, ({ type }) => type)]
    .map(([type, groups]) => `${groups.reduce((sum, { names }) => sum + names.length, 0)} × ${type}`)
    .join(', ');
  return `Takes the database at ${address} over for two users that take turns. ${makes.owner ? `Makes the role ${ownerRole}, which may not log in` : `Uses the role ${ownerRole}`}; gives it ${number} objects of ${user.name}${number === 0 ? '' : ` (${kinds}; ${following} sequences follow their tables)`}, ${grants.length} grants, ${defaults.length} default privileges and ${policies.length} policies; lets new sessions of ${user.name} begin as ${ownerRole}; ${makes.second ? `and makes ${secondName} like ${user.name}, without a password` : `and makes sure that ${secondName} is like ${user.name}`}. Clients go on working: ${user.name} is a member of ${ownerRole} before anything is given to it. No row and no password is changed.`;
}

/** What whoever approves it should know. */
export function takeOverWarnings({
  user,
  ownerRole,
  objects,
  grants,
  asking,
  searchPath,
}: Ownership): string[] {
  const locked = objects.filter(({ type }) => type.endsWith('table') || type.endsWith('view'));
  const tables = locked.reduce((sum, { names }) => sum + names.length, 0);
  return [
    ...(tables === 0
      ? []
      : [
          `Each of ${tables} tables and views is locked for a moment (ACCESS EXCLUSIVE); a long transaction on one of them makes the run wait and try again, and other clients wait with it for half a second at most each time.`,
        ]),
    `Sessions that are open now go on as ${user.name} until they reconnect. What they make until then is given to ${ownerRole} once the consumers were redeployed.`,
    ...grants
      .filter(({ passedOn }) => passedOn)
      .map(
        ({ user: holder, type, identity }) =>
          `${holder} passed privileges on ${type} ${identity} on to others: it keeps its own as well, so that theirs stay.`,
      ),
    ...(searchPath === null
      ? []
      : [
          `The schema ${searchPath.schema} is found by "$user" in the search path; its name is put there instead.`,
        ]),
    ...(asking.length === 0
      ? []
      : [
          `These ask for the current user, which will be ${ownerRole}: ${asking.join('; ')}. See that they bear it.`,
        ]),
  ];
}
