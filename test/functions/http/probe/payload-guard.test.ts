import { once } from 'node:events';
import type { RequestListener, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchOf,
  bodyOfSize,
  judgeRefusal,
  LARGEST_BODY,
  sendOversized,
} from '../../../../functions/http/probe/payload-guard.ts';

const LIMIT = 100_000;
/** Many times what sockets buffer, so that a server that does not read it is noticed. */
const BODY = bodyOfSize(16 * 1_048_576);

/** Refuses by what the headers say, as guards do, and closes without reading. */
const guard: RequestListener = (request, response) => {
  const tooLong = Number(request.headers['content-length']) > LIMIT;
  response.writeHead(tooLong ? 413 : 200, { connection: 'close' }).end();
};

async function send(listener: RequestListener, checkContinue?: RequestListener, options: ServerOptions = {}) {
  const server = createServer(options, listener);
  if (checkContinue !== undefined) server.on('checkContinue', checkContinue);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const result = await sendOversized(
    { url: `http://${host}/ingest`, body: BODY },
    { hosts: [host], allowLoopback: true },
  );
  const bytes = sockets.reduce((total, { bytesRead }) => total + bytesRead, 0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { result, bytes, verdict: judgeRefusal(result, 'a body of 16 MiB').verdict };
}

describe('the payload guard', () => {
  it('passes when the body is refused before it is sent', async () => {
    const { verdict, bytes } = await send(guard, guard);
    expect(verdict).toBe('pass');
    expect(bytes).toBeLessThan(10_000);
  });

  it('does not send the body after all when the refusal takes its time', async () => {
    const slow: RequestListener = (_, response) => {
      response.writeHead(413).flushHeaders();
      setTimeout(() => response.end(), 1500);
    };
    const { verdict, bytes } = await send(slow, slow);
    expect(verdict).toBe('pass');
    expect(bytes).toBeLessThan(10_000);
  });

  it('passes when the body is refused while it is sent', async () => {
    const { verdict } = await send((request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LIMIT && !response.headersSent) response.writeHead(413).end();
      });
    });
    expect(verdict).toBe('pass');
  });

  it('sends the body to a server that says nothing to the question', async () => {
    const { result, bytes } = await send(
      (_, response) => response.end(),
      (request, response) => {
        request.resume();
        request.once('end', () => response.writeHead(413).end());
      },
    );
    expect(result.status).toBe(413);
    expect(bytes).toBeGreaterThan(BODY.length);
  });

  it('asks again without the question when the server does not know it', async () => {
    const { verdict } = await send(
      (request, response) => {
        request.resume();
        request.once('end', () => response.writeHead(413).end());
      },
      (_, response) => response.writeHead(417).end(),
    );
    expect(verdict).toBe('pass');
  });

  it('fails when the body is taken', async () => {
    const { verdict } = await send((request, response) => {
      request.resume();
      request.once('end', () => response.end('thank you'));
    });
    expect(verdict).toBe('fail');
  });

  it('warns when the connection is only broken off', async () => {
    expect((await send((request) => request.socket.destroy())).verdict).toBe('warn');
  });

  it('judges a batch by the statuses that refuse one', () => {
    const answered = (status: number) => ({ status }) as Awaited<ReturnType<typeof sendOversized>>;
    expect(judgeRefusal(answered(422), 'a batch', [400, 413, 422]).verdict).toBe('pass');
    expect(judgeRefusal(answered(202), 'a batch', [400, 413, 422])).toEqual({
      verdict: 'fail',
      observed: 'status 202',
      expected: 'a batch is refused with status 400 or 413 or 422',
    });
  });
});

describe('a body', () => {
  it('has the size that was asked for, and is JSON', () => {
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 100_000 }), (bytes) => {
        const body = bodyOfSize(bytes);
        expect(body.length).toBe(bytes);
        expect(() => JSON.parse(body.toString())).not.toThrow();
      }),
    );
  });

  it.each([0, 13, -1, Number.NaN, LARGEST_BODY + 1])('of %d bytes is not made', (bytes) => {
    expect(() => bodyOfSize(bytes)).toThrow(RangeError);
  });

  it('can be a batch', () => {
    expect(JSON.parse(batchOf({ a: 'ä' }, 3).toString())).toEqual([{ a: 'ä' }, { a: 'ä' }, { a: 'ä' }]);
    expect(JSON.parse(batchOf(1, 2, 'events').toString())).toEqual({ events: [1, 1] });
    expect(() => batchOf('x'.repeat(100), 1_000_000)).toThrow(RangeError);
    expect(() => batchOf(1, 0)).toThrow(RangeError);
  });
});
