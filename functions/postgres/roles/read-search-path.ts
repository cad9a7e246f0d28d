import type { Session } from '../session.ts';
import { splitList } from './quote-setting.ts';
import { type Role, settingOf } from './role.ts';

/** What PostgreSQL does where nobody says anything else. */
const BUILT_IN = '"$user", public';
const USER = '$user';

/** The path that the database gives to everybody, and the server's; what holds for our own role is not to be asked for. */
const SEARCH_PATH = `
  SELECT
    (
      SELECT substr(setting, strpos(setting, '=') + 1)
      FROM pg_db_role_setting s
      CROSS JOIN unnest(s.setconfig) AS setting
      WHERE s.setrole = 0
        AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND setting LIKE 'search_path=%'
      ORDER BY s.setdatabase DESC
      LIMIT 1
    ) AS given,
    (
      SELECT reset_val FROM pg_settings
      WHERE name = 'search_path' AND source IN ('default', 'configuration file', 'command line')
    ) AS server,
    EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS "hasSchema"
`;

/**
 * Where a role's search path leads into a schema of the role's own name by `"$user"`: that stands for the name of the current role, which
 * is another one once the role's sessions begin as the owner role.
 *
 * @returns that schema, and the path that says its name; undefined where nothing has to be said
 */
export async function readSearchPath(
  session: Pick<Session, 'query'>,
  role: Role,
  database: string,
): Promise<{ schema: string; elements: string[] } | undefined> {
  const { rows } = await session.query<{ given: string | null; server: string | null; hasSchema: boolean }>(
    SEARCH_PATH,
    [role.name],
  );
  const [found] = rows;
  if (!found?.hasSchema) return undefined;
  const path = splitList(settingOf(role, 'search_path', database) ?? found.given ?? found.server ?? BUILT_IN);
  if (!path.includes(USER)) return undefined;
  return { schema: role.name, elements: path.map((element) => (element === USER ? role.name : element)) };
}
