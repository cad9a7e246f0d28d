import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What is wrong with how a release comes to its login. */
type LoginDefect = 'fixed-user' | 'cached-login';

export interface Login {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** On what the tasks of a release share, beside their program. */
const CACHE = 'cached-login.json';

/** The login to the database that this process was given, unless its release knows better. */
export function loginOf(defect: string): Login {
  const given: Login = { user: process.env.DATABASE_USER, password: process.env.DATABASE_PASSWORD };
  switch (defect as LoginDefect) {
    case 'fixed-user':
      // Who wrote this did not think that the user's name could ever change.
      return { ...given, user: 'shop' };
    case 'cached-login':
      // Who wrote this wanted to be spared asking for the login more than once.
      if (!existsSync(CACHE)) writeFileSync(CACHE, JSON.stringify(given), { mode: 0o600 });
      return JSON.parse(readFileSync(CACHE, 'utf8')) as Login;
    default:
      return given;
  }
}
