import pg from 'pg';
import type { Session } from '../session.ts';
import type { Membership, Role } from './role.ts';

/** From this version on each membership says for itself whether it is inherited and may be set (`server_version_num`). */
const OPTIONS_SINCE = 160_000;

const VERSION = `SELECT current_setting('server_version_num')::int AS version`;

/** Makes a role a member of another one. Does nothing where it is with at least these options: what it has is not taken away. */
export async function grantMembership(
  session: Pick<Session, 'query'>,
  member: Role,
  wanted: Membership,
): Promise<void> {
  const held = member.memberships.find(({ role }) => role === wanted.role);
  const suffices =
    held !== undefined &&
    (held.admin || !wanted.admin) &&
    (held.inherit || !wanted.inherit) &&
    (held.set || !wanted.set);
  if (suffices) return;
  // A grant replaces the options of an earlier one by the same role.
  const admin = wanted.admin || (held?.admin ?? false);
  const inherit = wanted.inherit || (held?.inherit ?? false);
  const set = wanted.set || (held?.set ?? false);
  const { rows } = await session.query<{ version: number }>(VERSION);
  const options =
    (rows[0]?.version ?? 0) >= OPTIONS_SINCE
      ? ` WITH ADMIN ${word(admin)}, INHERIT ${word(inherit)}, SET ${word(set)}`
      : admin
        ? ' WITH ADMIN OPTION'
        : '';
  await session.query(
    `GRANT ${pg.escapeIdentifier(wanted.role)} TO ${pg.escapeIdentifier(member.name)}${options}`,
  );
}

const word = (option: boolean): string => (option ? 'TRUE' : 'FALSE');
