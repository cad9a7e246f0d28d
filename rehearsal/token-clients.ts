import { decodeProtectedHeader } from 'jose';
import type { Clock } from '../sandbox/contract.ts';

/** What clients that hold tokens saw. */
export interface TokenCount {
  readonly shown: number;
  readonly refused: number;
  /** Keys that tokens were issued under. */
  readonly keys: ReadonlySet<string>;
}

export interface TokenClients {
  readonly total: TokenCount;
  stop(): void;
}

/** They use a token until shortly before it expires, which it does after ten minutes. */
const TOKEN_LIFE_MILLISECONDS = 540_000;
const EVERY_MILLISECONDS = 4000;
const TIMEOUT_MILLISECONDS = 5000;

/**
 * Clients that log in again and again, and show every token for as long as it lives: to tasks that issued it, and to those that did not.
 *
 * @param clock the sandbox's
 */
export function startTokenClients(baseUrl: string, clock: Clock): TokenClients {
  const total = { shown: 0, refused: 0, keys: new Set<string>() };
  let tokens: Array<{ readonly token: string; readonly at: number }> = [];
  let turn = 0;
  const logIn = async () => {
    const answer = await fetch(`${baseUrl}/login`, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (!answer.ok) return;
    const { token } = (await answer.json()) as { token: string };
    tokens.push({ token, at: clock.now() });
    total.keys.add(decodeProtectedHeader(token).kid ?? '');
  };
  const show = async () => {
    tokens = tokens.filter(({ at }) => clock.now() - at < TOKEN_LIFE_MILLISECONDS);
    turn += 1;
    const one = tokens[turn % Math.max(tokens.length, 1)];
    if (one === undefined) return;
    const { status } = await fetch(`${baseUrl}/account`, {
      headers: { authorization: `Bearer ${one.token}` },
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    total.shown += 1;
    if (status === 401) total.refused += 1;
  };
  // Whether the service answers at all is counted elsewhere.
  const stop = clock.every(EVERY_MILLISECONDS, () => void logIn().then(show, () => {}));
  return { total, stop };
}
