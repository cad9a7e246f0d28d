import { readFile } from 'node:fs/promises';
import * as sdk from '@aws-sdk/client-rds';
import pg from 'pg';
import { expect, vi } from 'vitest';
import type { BusEvent, Machine, Service } from '../../../../sandbox/contract.ts';
import { createRdsService } from '../../../../sandbox/services/rds/rds-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { startServices } from '../start-services.ts';

/** Fast enough that minutes pass in a moment, once nothing works. */
const SPEED = 300;

const MASTER = { user: 'master', password: 'correct-horse' };

/** RDS on a real endpoint, with the events that it sends. */
export async function startRds() {
  const events: BusEvent[] = [];
  const bus = (machine: Machine): Service => {
    machine.engines.putEvent = (event) => void events.push(event);
    return { name: 'bus', apis: [], providers: [], close() {} };
  };
  const services = await startServices([bus, createSecretsManagerService, createRdsService], {
    speed: SPEED,
  });
  const client = new sdk.RDSClient(services.client);
  const authority = await readFile(services.machine.certificateAuthority.file, 'utf8');

  const describe = async (DBInstanceIdentifier: string) =>
    (await client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier })))
      .DBInstances?.[0] as sdk.DBInstance;
  const describeSnapshot = async (DBSnapshotIdentifier: string) =>
    (await client.send(new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier })))
      .DBSnapshots?.[0] as sdk.DBSnapshot;

  return {
    ...services,
    rds: client,
    events,
    describe,
    describeSnapshot,
    /** Makes an instance as a template would. */
    createDatabase: (identifier: string, properties: Record<string, unknown> = {}) =>
      services.create('AWS::RDS::DBInstance', {
        DBInstanceIdentifier: identifier,
        Engine: 'postgres',
        EngineVersion: '17.5',
        DBInstanceClass: 'db.t4g.micro',
        AllocatedStorage: '20',
        MasterUsername: MASTER.user,
        MasterUserPassword: MASTER.password,
        DBName: 'shop',
        ...properties,
      }),
    /** Resolves when the instance is available. */
    async available(identifier: string): Promise<sdk.DBInstance> {
      await untilIs(
        'available',
        async () => (await describe(identifier).catch(() => undefined))?.DBInstanceStatus,
      );
      return describe(identifier);
    },
    /** Resolves when the instance has come to this state. */
    async ended(identifier: string, status: string): Promise<sdk.DBInstance> {
      await untilIs(status, async () => (await describe(identifier)).DBInstanceStatus);
      return describe(identifier);
    },
    /** Events about an instance or a snapshot: ids and categories. */
    told: (identifier: string) =>
      events
        .filter(({ detail }) => detail.SourceIdentifier === identifier)
        .map(({ detail }) => [detail.EventID, (detail.EventCategories as string[])[0]]),
    async snapshotAvailable(identifier: string): Promise<sdk.DBSnapshot> {
      await untilIs('available', async () => (await describeSnapshot(identifier)).Status);
      return describeSnapshot(identifier);
    },
    /** Runs `use` with the master user's connection to where an instance answers. */
    async connect<T>(
      endpoint: sdk.Endpoint | undefined,
      use: (database: pg.Client) => Promise<T>,
      password = MASTER.password,
    ): Promise<T> {
      const database = new pg.Client({
        host: endpoint?.Address as string,
        port: endpoint?.Port as number,
        database: 'shop',
        user: MASTER.user,
        password,
        ssl: { ca: authority },
      });
      database.on('error', () => {});
      await database.connect();
      try {
        return await use(database);
      } finally {
        await database.end();
      }
    },
    async stop() {
      client.destroy();
      await services.close();
    },
  };
}

/** Waits in tests and before them. */
const untilIs = (wanted: string, found: () => Promise<string | undefined>) =>
  vi.waitFor(async () => expect(await found()).toBe(wanted), { timeout: 40_000 });

/** One statement's rows. */
export const rowsOf =
  (statement: string, values: unknown[] = []) =>
  async (database: pg.Client) =>
    (await database.query(statement, values)).rows as Record<string, unknown>[];
