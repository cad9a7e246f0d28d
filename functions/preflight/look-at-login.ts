import type { Finding, Judgement } from '../../schemas/finding.ts';
import type { DatabaseConnection } from '../../schemas/target.ts';
import { describeRelease } from '../ecs/release.ts';
import { RunbookError } from '../errors.ts';
import { judgeNotConnected } from '../health/judge-not-connected.ts';
import type { Part } from '../health/look-at-all.ts';
import { type Login, openSession } from '../postgres/session.ts';
import { knownValue, type TaskEnvironment } from './environment.ts';
import { found } from './examine.ts';
import { type FoundLogin, findLogin } from './find-login.ts';
import { readLoginUrl } from './login-url.ts';
import { readSources } from './read-sources.ts';
import type { Release } from './state.ts';
import { taskEnvironment } from './task-environment.ts';

const EXPECTED = 'must let a task of this release log in';

/** Whether the database lets in whoever has the very login that a task of the release would be given. */
export function loginPart(database: DatabaseConnection, release: Release): Part {
  const check = `login to ${database.name}`;
  return {
    kind: 'connectivity',
    check,
    expected: EXPECTED,
    look: async (signal) => {
      const login = findLogin(release, database);
      if (login.kind === 'unknown') return [found(check, unknown(login.why))];
      const environment = await variablesOf(release, namesIn(login), signal);
      if (login.kind === 'url')
        return (
          await Promise.all(login.variables.map((name) => tryUrl(check, name, login, environment, database)))
        ).flat();
      const user = knownValue(environment, login.user);
      const password = knownValue(environment, login.password);
      if (user === undefined || password === undefined)
        return [found(check, unknown(notKnown([login.user, login.password])))];
      return [found(check, await tryLogin({ ...addressOf(database), user, password }))];
    },
  };
}

const namesIn = (login: Exclude<FoundLogin, { kind: 'unknown' }>) =>
  login.kind === 'url' ? login.variables : [login.user, login.password];
const notKnown = (names: readonly string[]) => `what is in ${names.join(' and ')} could not be read`;
const unknown = (observed: string): Judgement => ({ verdict: 'unknown', observed, expected: EXPECTED });
const addressOf = ({ host, port, database }: DatabaseConnection) => ({ host, port, database });

/** Only what is needed is read; ECS is asked only for what stands in the task definition itself. */
async function variablesOf(
  { taskDefinition, container, containers }: Release,
  names: readonly string[],
  signal: AbortSignal,
): Promise<TaskEnvironment> {
  const { environment = [], secrets = [] } = containers.find(({ name }) => name === container) ?? {};
  const wanted = secrets.filter(({ name }) => names.includes(name));
  const described = environment.some((name) => names.includes(name))
    ? await describeRelease(taskDefinition)
    : undefined;
  const definition = described?.taskDefinition?.containerDefinitions?.find(({ name }) => name === container);
  return taskEnvironment(
    { environment: definition?.environment ?? [], secrets: wanted },
    await readSources(
      wanted.map(({ valueFrom }) => valueFrom),
      signal,
    ),
  );
}

/** Nothing but the declared host is connected to: a variable cannot redirect us. */
async function tryUrl(
  check: string,
  variable: string,
  { declared }: { readonly declared: boolean },
  environment: TaskEnvironment,
  database: DatabaseConnection,
): Promise<Finding[]> {
  const named = `${check} (${variable})`;
  const value = knownValue(environment, variable);
  if (value === undefined) return [found(named, unknown(notKnown([variable])))];
  const url = readLoginUrl(value);
  if ('problem' in url)
    return [
      found(named, { verdict: declared ? 'fail' : 'unknown', observed: url.problem, expected: EXPECTED }),
    ];
  const { user, password, hosts } = url;
  const address = { ...addressOf(database), ...(url.database === '' ? {} : { database: url.database }) };
  const tried = found(named, await tryLogin({ ...address, user, password }));
  if (hosts.includes(database.host.toLowerCase())) return [tried];
  return [
    tried,
    found(`host in ${variable}`, {
      verdict: 'warn',
      observed: `names another host than that of ${database.name}, at which the login was tried`,
      expected: 'must name it, or an alias of it',
    }),
  ];
}

async function tryLogin(login: Login): Promise<Judgement> {
  try {
    const session = await openSession(login);
    try {
      await session.query('SELECT 1');
    } finally {
      await session.close();
    }
    return { verdict: 'pass', observed: 'lets its user in, and answers', expected: EXPECTED };
  } catch (error) {
    // The user's name could be in what others say.
    if (!(error instanceof RunbookError)) return unknown('let its user in, and then did not answer');
    const judged = judgeNotConnected(error, EXPECTED);
    return { ...judged, observed: nameless(judged.observed, login) };
  }
}

/** The name of the database may come from the variable. */
const nameless = (sentence: string, { host, port, database }: Login) =>
  sentence.replace(`${host}:${port}/${database}`, `${host}:${port}`);
