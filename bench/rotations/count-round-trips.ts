import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Counted {
  readonly connections: number;
  /** How often the server answered after it had been spoken to: TLS and login too, and some farewells. */
  readonly roundTrips: number;
}

/** A way to a PostgreSQL on which round trips are counted, whoever goes it and whatever is encrypted. */
export async function countRoundTrips(port: number) {
  let counted: Counted = { connections: 0, roundTrips: 0 };
  const server = createServer((client) => {
    counted = { ...counted, connections: counted.connections + 1 };
    const database = connect(port, '127.0.0.1');
    let asked = false;
    client.on('data', () => {
      asked = true;
    });
    database.on('data', () => {
      if (asked) counted = { ...counted, roundTrips: counted.roundTrips + 1 };
      asked = false;
    });
    join(client, database);
    join(database, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** What was counted since the last time. */
    take(): Counted {
      const taken = counted;
      counted = { connections: 0, roundTrips: 0 };
      return taken;
    },
    close: () => server.close(),
  };
}

function join(from: Socket, to: Socket): void {
  from.setNoDelay();
  from.on('error', () => to.destroy());
  from.pipe(to);
}
