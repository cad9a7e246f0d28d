import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, judged } from './check.ts';

/** `server_version_num` is the major version times this, plus the minor one (since PostgreSQL 10). */
const MAJOR = 10_000;

/** Major version of the server, such as 17. */
export async function majorVersion(session: Session): Promise<number> {
  return Math.floor((await versionNumber(session)) / MAJOR);
}

/** Whether the server has the major version that is expected; minor ones come with maintenance windows. */
export function checkServerVersion(session: Session, expectedMajor: number): Promise<Check> {
  const name = 'server version';
  return judged(name, async () => {
    const version = await versionNumber(session);
    const major = Math.floor(version / MAJOR);
    return check(
      name,
      major === expectedMajor,
      `PostgreSQL ${major}.${version % MAJOR}, expected major version ${expectedMajor}`,
    );
  });
}

async function versionNumber(session: Session): Promise<number> {
  const { rows } = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return rows[0]?.version ?? 0;
}
