import type { RequestListener } from 'node:http';
import { performance } from 'node:perf_hooks';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ProbeFailure } from '../../../../functions/http/probe/failure.ts';
import {
  type ProbeAnswer,
  type ProbeRequest,
  type ProbeSettings,
  probe,
} from '../../../../functions/http/probe/probe.ts';
import { serveHttp, serveTcp, type TestServer } from '../../../support/http-server.ts';

const servers: TestServer[] = [];
async function serve(listener: RequestListener): Promise<TestServer> {
  const server = await serveHttp(listener);
  servers.push(server);
  return server;
}
async function talk(listener: Parameters<typeof serveTcp>[0]): Promise<TestServer> {
  const server = await serveTcp(listener);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const ask = (
  server: TestServer,
  { path = '/', ...request }: Partial<ProbeRequest> & { path?: string } = {},
  settings: Partial<ProbeSettings> = {},
) =>
  probe(
    { url: `http://${server.host}${path}`, ...request },
    { hosts: [server.host], allowLoopback: true, ...settings },
  );
async function answerOf(result: Promise<ProbeAnswer | ProbeFailure>): Promise<ProbeAnswer> {
  const settled = await result;
  if (settled instanceof ProbeFailure) throw settled;
  return settled;
}
const failure = (kind: string, words: string) =>
  expect.objectContaining({ name: 'ProbeFailure', kind, message: expect.stringContaining(words) });

describe('a probe', () => {
  it('brings back status, headers, body and times', async () => {
    const server = await serve((_, response) => {
      response.setHeader('x-request-id', 'seven');
      response.statusCode = 503;
      response.end('{"status":"späť"}');
    });
    const answer = await answerOf(ask(server));
    expect(answer).toMatchObject({
      status: 503,
      body: '{"status":"späť"}',
      bytes: 19,
      truncated: false,
      redirects: 0,
    });
    expect(answer.headers['x-request-id']).toBe('seven');
    expect(answer.connectMilliseconds).toBeLessThanOrEqual(answer.firstByteMilliseconds);
    expect(answer.firstByteMilliseconds).toBeLessThanOrEqual(answer.milliseconds);
  });

  it('takes a connection of its own each time', async () => {
    const ports = new Set<number | undefined>();
    const server = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let index = 0; index < 3; index += 1) await answerOf(ask(server));
    expect(ports.size).toBe(3);
  });

  it('sends a body and headers', async () => {
    const server = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(`${request.method} ${request.headers['x-a']} ${Buffer.concat(chunks)}`);
    });
    const body = Buffer.from('[1]');
    expect((await answerOf(ask(server, { method: 'POST', headers: { 'x-a': 'b' }, body }))).body).toBe(
      'POST b [1]',
    );
  });
});

describe('a probe is bounded in time', () => {
  const limits = { connectMilliseconds: 300, firstByteMilliseconds: 300, wholeMilliseconds: 600 };
  const timed = async (server: TestServer, settings: Partial<ProbeSettings> = {}) => {
    const started = performance.now();
    const result = await ask(server, {}, { limits, ...settings });
    // Far more than the limits, far less than what any of these servers takes.
    expect(performance.now() - started).toBeLessThan(5000);
    return result;
  };

  it('when nothing is ever said', async () => {
    expect(await timed(await talk(() => {}))).toEqual(failure('timeout', 'did not answer within 300 ms'));
  });

  it('when the headers trickle', async () => {
    const server = await talk((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('a'), 50);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await timed(server)).toEqual(failure('timeout', 'did not answer within 300 ms'));
  });

  it('when the body trickles', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 50);
      response.once('close', () => clearInterval(timer));
    });
    const result = await timed(server);
    expect(result).toEqual(failure('timeout', 'did not answer within 600 ms as a whole'));
    expect(result.status).toBe(200);
  });

  it('when the body never ends and comes as fast as it can', async () => {
    const server = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(
      await timed(server, {
        limits: { ...limits, bytes: Number.POSITIVE_INFINITY },
        receive: () => () => {},
      }),
    ).toEqual(failure('timeout', 'as a whole'));
  });

  it('when each redirect takes its time', async () => {
    const server = await serve((request, response) => {
      setTimeout(() => response.writeHead(302, { location: `${request.url}x` }).end(), 200);
    });
    expect(await timed(server, { limits: { ...limits, redirects: 100 } })).toEqual(
      failure('timeout', 'as a whole'),
    );
  });

  it('when a name is never looked up', async () => {
    const result = await probe(
      { url: 'http://slow.test/' },
      { hosts: ['slow.test'], limits, resolve: () => new Promise(() => {}) },
    );
    expect(result).toEqual(failure('lookup', 'was not looked up within 300 ms'));
  });

  it('when TLS is never greeted back', async () => {
    const server = await talk(() => {});
    const result = await probe(
      { url: `https://${server.host}/` },
      { hosts: [server.host], allowLoopback: true, limits },
    );
    expect(result).toEqual(failure('timeout', 'did not take a connection within 300 ms'));
  });

  it('by the caller, before and while it asks', async () => {
    const server = await talk(() => {});
    expect(await ask(server, {}, { signal: AbortSignal.timeout(100) })).toEqual(
      failure('not asked', 'the time was up'),
    );
    expect(await ask(server, {}, { signal: AbortSignal.abort() })).toEqual(
      failure('not asked', 'the time was up'),
    );
  });
});

describe('a probe is bounded in bytes', () => {
  const limits = { bytes: 1000 };

  it('of a plain body', async () => {
    const server = await serve((_, response) => response.end('x'.repeat(1001)));
    expect(await ask(server, {}, { limits })).toMatchObject({
      truncated: true,
      bytes: 1000,
      body: 'x'.repeat(1000),
    });
  });

  it('and takes what just fits', async () => {
    const server = await serve((_, response) => response.end('x'.repeat(1000)));
    expect(await ask(server, {}, { limits })).toMatchObject({ truncated: false, bytes: 1000 });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('of a %s bomb, and of what was not asked for', async (encoding, compress) => {
    // Sixteen megabytes that arrive as some kilobytes.
    const bomb = compress(Buffer.alloc(16 * 1_048_576, 'x'));
    expect(bomb.length).toBeLessThan(65_536);
    const server = await serve((request, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(request.url === '/bomb' ? bomb : compress(Buffer.from('{"status":"ok"}')));
    });
    let received = 0;
    const receive = () => (chunk: Buffer) => {
      received += chunk.length;
    };
    expect(await ask(server, { path: '/bomb' }, { limits, receive })).toMatchObject({
      truncated: true,
      bytes: 1000,
    });
    expect(received).toBe(1000);
    expect((await answerOf(ask(server))).body).toBe('{"status":"ok"}');
  });

  it('of headers', async () => {
    const server = await talk((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`);
    });
    expect(await ask(server)).toEqual(failure('protocol', 'headers that are too long'));
  });

  it('of interim answers', async () => {
    const server = await talk((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100));
    });
    expect(await ask(server)).toEqual(failure('protocol', 'nothing but interim answers'));
  });
});

describe('a probe follows redirects', () => {
  const limits = { redirects: 3 };
  const redirect = (location: (path: string) => string, status = 302) =>
    serve((request, response) => {
      if (request.url === '/end')
        response.end(`${request.method} ${request.headers.authorization ?? 'nobody'}`);
      else response.writeHead(status, { location: location(request.url ?? '') }).end('moved');
    });

  it('only where it may', async () => {
    const server = await redirect(() => '/end');
    expect(await ask(server)).toMatchObject({ status: 302, redirects: 0 });
    expect(await ask(server, {}, { limits })).toMatchObject({
      status: 200,
      redirects: 1,
      body: 'GET nobody',
    });
  });

  it('with the method that the status asks for', async () => {
    for (const [status, method] of [
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
      [308, 'POST'],
    ] as const) {
      const server = await redirect(() => '/end', status);
      const result = await answerOf(ask(server, { method: 'POST', body: Buffer.from('{}') }, { limits }));
      expect(result.body).toBe(`${method} nobody`);
    }
  });

  it('not in a loop', async () => {
    const self = await redirect((path) => path);
    expect(await ask(self, {}, { limits })).toEqual(failure('redirects', 'in a loop (1 steps)'));
    const pair = await redirect((path) => (path === '/a' ? '/b#x' : '/a#y'));
    expect(await ask(pair, { path: '/a' }, { limits })).toEqual(failure('redirects', 'in a loop'));
  });

  it('not on and on', async () => {
    const server = await redirect((path) => `${path}x`);
    expect(await ask(server, {}, { limits })).toEqual(failure('redirects', 'more than 3 times'));
  });

  it('not to a host that is not declared, and asks nothing of it', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const server = await redirect(() => `http://${other.host}/end`);
    expect(await ask(server, {}, { limits })).toEqual(failure('redirects', 'which is not declared'));
    expect(asked).toBe(0);
    const hosts = [server.host, other.host];
    expect(await ask(server, {}, { limits, hosts })).toMatchObject({ status: 200, redirects: 1 });
  });

  it('without telling another host what was for the first', async () => {
    const other = await redirect(() => '/end');
    const here = await redirect(() => '/end');
    const away = await redirect(() => `http://${other.host}/end`);
    const headers = { authorization: 'Bearer x' };
    expect((await answerOf(ask(here, { headers }, { limits }))).body).toBe('GET Bearer x');
    const hosts = [away.host, other.host];
    expect((await answerOf(ask(away, { headers }, { limits, hosts }))).body).toBe('GET nobody');
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/', 'which is not declared'],
    ['file:///etc/passwd', 'has the scheme file:'],
    ['http://', 'something that is not an address'],
  ])('not to %s', async (location, words) => {
    expect(await ask(await redirect(() => location), {}, { limits })).toEqual(failure('redirects', words));
  });
});

describe('a probe goes only where it may', () => {
  const resolve = async (hostname: string) =>
    ({
      'metadata.test': [{ address: '169.254.169.254', family: 4 }],
      'mapped.test': [{ address: '::ffff:169.254.169.254', family: 6 }],
      'six.test': [{ address: 'fd00:ec2::254', family: 6 }],
      'both.test': [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
      'loop.test': [{ address: '127.0.0.1', family: 4 }],
      'nothing.test': [],
    })[hostname] ?? [];

  it.each([
    ['http://metadata.test/', 'metadata.test leads to 169.254.169.254, which is a metadata address'],
    ['http://mapped.test/', 'is a metadata address'],
    ['http://six.test/', 'is a metadata address'],
    ['http://both.test/', 'leads to 127.0.0.1, which is loopback'],
    ['http://loop.test/', 'is loopback'],
    ['http://127.0.0.1/', 'is loopback'],
    ['http://2130706433/', 'is loopback'],
    ['http://0x7f.1/', 'is loopback'],
    ['http://0177.0.0.1/', 'is loopback'],
    ['http://2852039166/', 'is a metadata address'],
    ['http://0xa9fea9fe/', 'is a metadata address'],
    ['http://0251.0376.0251.0376/', 'is a metadata address'],
    ['http://[::ffff:169.254.169.254]/', 'is a metadata address'],
    ['http://169.254.7.7/', 'is link-local'],
    ['http://[fe80::1]/', 'is link-local'],
    ['http://[::ffff:7f00:1]/', 'is loopback'],
    ['http://[::]/', 'is unspecified'],
  ])('not to %s though it is declared', async (url, words) => {
    expect(await probe({ url }, { hosts: [new URL(url).host], resolve })).toEqual(failure('refused', words));
  });

  it('not where nothing is declared, or nothing is an address', async () => {
    expect(await probe({ url: 'http://a.test/' }, { hosts: [] })).toEqual(
      failure('refused', 'is not declared'),
    );
    expect(await probe({ url: 'a.test' }, { hosts: ['a.test'] })).toEqual(
      failure('refused', 'not an address'),
    );
  });

  it('says when a name has no address', async () => {
    expect(await probe({ url: 'http://nothing.test/' }, { hosts: ['nothing.test'], resolve })).toEqual(
      failure('lookup', 'without an address'),
    );
  });

  it('to the address that was checked: the name is looked up once', async () => {
    const server = await serve((request, response) => response.end(request.headers.host));
    let lookups = 0;
    const rebinding = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const host = `rebinding.test:${server.port}`;
    const answer = await answerOf(
      probe({ url: `http://${host}/` }, { hosts: [host], allowLoopback: true, resolve: rebinding }),
    );
    expect(answer.body).toBe(host);
    expect(lookups).toBe(1);
  });

  it('checks the address again after a redirect', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    let lookups = 0;
    const rebinding = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const host = `rebinding.test:${server.port}`;
    const result = await probe(
      { url: `http://${host}/` },
      { hosts: [host], allowLoopback: true, resolve: rebinding, limits: { redirects: 1 } },
    );
    expect(result).toEqual(failure('redirects', 'which is a metadata address'));
  });

  it('with headers that can be sent', async () => {
    const server = await serve((_, response) => response.end());
    expect(await ask(server, { headers: { 'x-a': 'b\r\nx-c: d' } })).toEqual(
      failure('refused', 'cannot be sent'),
    );
  });
});

describe('a probe says what broke', () => {
  it.each([
    [
      'a connection that is refused at once',
      (socket) => socket.resetAndDestroy(),
      'reset',
      'broke the connection off',
    ],
    [
      'a connection that is closed without a word',
      (socket) => socket.end(),
      'reset',
      'broke the connection off',
    ],
    [
      'something that is not HTTP',
      (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
      'protocol',
      'cannot be read',
    ],
    [
      'a body that breaks off',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
        setTimeout(() => socket.resetAndDestroy(), 50);
      },
      'reset',
      'in the middle of its answer',
    ],
    [
      'a body that is shorter than it said',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
      'reset',
      'in the middle of its answer',
    ],
    [
      'chunks that are none',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
      'protocol',
      'cannot be read',
    ],
    [
      'another protocol',
      (socket) => socket.end('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      'protocol',
      'another protocol',
    ],
    [
      'a body that is not in its encoding',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd'),
      'protocol',
      'cannot be read (Z_DATA_ERROR)',
    ],
    [
      'an encoding within an encoding',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\n\r\nabcd'),
      'protocol',
      'an encoding that is not read: gzip, gzip',
    ],
  ] as Array<[string, Parameters<typeof serveTcp>[0], string, string]>)(
    '%s',
    async (_, listener, kind, words) => {
      const server = await talk((socket) => void socket.once('data', () => listener(socket)));
      expect(await ask(server)).toEqual(failure(kind, words));
    },
  );

  it('a port on which nothing listens', async () => {
    const server = await serve(() => {});
    await server.close();
    expect(await ask(server)).toEqual(failure('connection', 'nothing listens there (ECONNREFUSED)'));
  });

  it('a name that is not known', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    expect(await probe({ url: 'http://no.test/' }, { hosts: ['no.test'], resolve })).toEqual(
      failure('lookup', 'is not known (ENOTFOUND)'),
    );
  });
});
