import type { Grant } from './ownership.ts';

/** What the plan names and is there; the rest was moved by an earlier attempt, or is gone. */
export function stillThere(planned: readonly Grant[], present: readonly Grant[]): Grant[] {
  const nameOf = ({ user, type, identity, column, grantor, grantable }: Grant) =>
    JSON.stringify([user, type, identity, column, grantor, grantable]);
  const there = new Map(present.map((grant) => [nameOf(grant), grant.privileges]));
  return planned.flatMap((grant) => {
    const privileges = grant.privileges.filter((privilege) => there.get(nameOf(grant))?.includes(privilege));
    return privileges.length === 0 ? [] : [{ ...grant, privileges }];
  });
}
