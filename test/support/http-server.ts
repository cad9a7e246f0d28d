import { createServer, type RequestListener } from 'node:http';
import { createServer as createServerTls } from 'node:https';
import { type AddressInfo, createServer as createServerTcp, type Server, type Socket } from 'node:net';
import { createServer as createServerOverTls } from 'node:tls';

/** A server of a test's own on 127.0.0.1 and a free port. */
export interface TestServer {
  readonly port: number;
  /** `127.0.0.1:port`, as a host is declared. */
  readonly host: string;
  close(): Promise<void>;
}

/** Answers HTTP; HTTPS with a certificate. */
export function serveHttp(
  listener: RequestListener,
  certificate?: { readonly certificate: string; readonly key: string },
): Promise<TestServer> {
  return listen(
    certificate === undefined
      ? createServer(listener)
      : createServerTls({ cert: certificate.certificate, key: certificate.key }, listener),
  );
}

/** Says on a bare connection whatever it likes. */
export function serveTcp(listener: (socket: Socket) => void): Promise<TestServer> {
  return listen(createServerTcp(listener));
}

/** The same over TLS. */
export function serveTls(
  listener: (socket: Socket) => void,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Promise<TestServer> {
  return listen(
    createServerOverTls({ cert: certificate, key }, (socket) => listener(socket.on('error', () => {}))),
  );
}

async function listen(server: Server): Promise<TestServer> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
