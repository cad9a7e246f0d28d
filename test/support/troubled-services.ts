import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveHttp, type TestServer } from './http-server.ts';

/** How often something comes that is too little. */
const TRICKLE_MILLISECONDS = 1000;
const GOOD = '{"status":"ok","checks":{"database":"ok"}}';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Services that are broken, and can be known to be at once. */
export const BROKEN = {
  'answers 500': (_, response) => void response.writeHead(500).end('{"status":"error"}'),
  'answers broken JSON': (_, response) => void response.end('{"status":"ok","che'),
  'answers HTML': (_, response) => void response.end('<!doctype html><title>Welcome</title>'),
  'breaks the connection off': (request) => void request.socket.resetAndDestroy(),
  'redirects in a loop': ({ url }, response) => void response.writeHead(302, { location: url }).end(),
  'is not ready': (_, response) => void response.end('{"status":"ok","checks":{"database":"down"}}'),
} as const satisfies Record<string, Answer>;

/** Services that cost whoever asks them time. */
export const SLOW = {
  'never answers': () => {},
  'trickles a byte a second': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), TRICKLE_MILLISECONDS);
    response.once('close', () => clearInterval(timer));
  },
} as const satisfies Record<string, Answer>;

export type Trouble = keyof typeof BROKEN | keyof typeof SLOW;
const ANSWERS: Readonly<Record<Trouble, Answer>> = { ...BROKEN, ...SLOW };

/** A service with a port of its own, in such trouble or in none. */
export function serveInTrouble(trouble: Trouble | undefined): Promise<TestServer> {
  const well: Answer = (_, response) => void response.end(GOOD);
  return serveHttp(trouble === undefined ? well : ANSWERS[trouble]);
}
