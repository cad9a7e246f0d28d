import type { Finding, Judgement } from '../../../schemas/finding.ts';
import type { DatabaseHealth } from '../../../schemas/health/database-health.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import type { RunbookError } from '../../errors.ts';
import { readLogin } from '../../postgres/login.ts';
import { type Login, openSession, type Session } from '../../postgres/session.ts';
import { withBudget } from '../../postgres/validate/budget.ts';
import { finding } from '../findings.ts';
import { judgeNotConnected } from '../judge-not-connected.ts';
import { judgeSecretFailure, judgeSecretRead, secretName } from '../judge-secret-failure.ts';
import type { Part } from '../look-at-all.ts';
import { askServer } from './ask-server.ts';

/** For all statements together: reading the secret and connecting need the rest of the time. Milliseconds. */
const STATEMENTS_MILLISECONDS = 15_000;
const CONNECTED = 'a connection can be made';
/** SQLSTATE: no connection is left for ordinary clients. */
const NONE_LEFT = '53300';

/** A database, asked with the login of its own secret (P-02). */
export function databasePart(target: DatabaseTarget, health: DatabaseHealth): Part {
  return {
    kind: 'connectivity',
    check: 'connectivity',
    expected: CONNECTED,
    look: async () => {
      const read = await loginOf(target);
      if ('failed' in read) {
        const observed = 'there is no login to connect with';
        return [
          finding('secret', 'secret', read.failed),
          finding('connectivity', 'connectivity', { verdict: 'unknown', observed, expected: CONNECTED }),
        ];
      }
      const secret = finding('secret', 'secret', judgeSecretRead(target.secretArn));
      return [secret, ...(await connected(read.login, (session) => askServer(session, target, health)))];
    },
  };
}

/** Further logins, such as those of the services: whether their secrets can be read, and let them in. */
export function loginParts(target: DatabaseTarget, { loginArns }: DatabaseHealth): Part[] {
  return loginArns.map((secretArn) => {
    const check = `login: ${secretName(secretArn)}`;
    return {
      kind: 'secret',
      check,
      expected: CONNECTED,
      look: async () => {
        const read = await loginOf({ ...target, secretArn });
        if ('failed' in read) return [finding('secret', check, read.failed)];
        return connected(
          read.login,
          async (session) => {
            await session.query('SELECT 1');
            return [
              finding('secret', check, {
                verdict: 'pass',
                observed: 'it lets its user in',
                expected: CONNECTED,
              }),
            ];
          },
          check,
        );
      },
    };
  });
}

async function loginOf(target: DatabaseTarget): Promise<{ login: Login } | { failed: Judgement }> {
  try {
    return { login: await readLogin(target) };
  } catch (error) {
    return { failed: judgeSecretFailure(error, target.secretArn) };
  }
}

/** Does something in a session. That there is none is a finding. */
async function connected(
  login: Login,
  work: (session: Session) => Promise<Finding[]>,
  check = 'connectivity',
): Promise<Finding[]> {
  let session: Session;
  try {
    session = await openSession(login);
  } catch (error) {
    return notConnected(error, check);
  }
  try {
    return await work(withBudget(session, STATEMENTS_MILLISECONDS));
  } finally {
    await session.close();
  }
}

function notConnected(error: unknown, check: string): Finding[] {
  const kind = check === 'connectivity' ? 'connectivity' : 'secret';
  const found = finding(kind, check, judgeNotConnected(error, CONNECTED));
  if ((error as RunbookError).facts.code !== NONE_LEFT) return [found];
  return [
    found,
    finding('connections', 'connections', {
      verdict: 'fail',
      observed: 'none is left for this user',
      expected: 'connections are left',
    }),
  ];
}
