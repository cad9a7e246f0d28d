import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Manifest } from '../../../../functions/postgres/manifest/manifest.ts';
import {
  manifestKey,
  newestManifest,
  readManifest,
  type StoredManifest,
  storeManifest,
} from '../../../../functions/postgres/manifest/store.ts';
import { createS3Service } from '../../../../sandbox/services/s3/s3-service.ts';
import { startServices } from '../../../sandbox/services/start-services.ts';
import { pointFunctionsAt } from '../../../support/point-functions.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let s3: S3Client;
let bucket: string;
let databases = 0;
const freshDatabase = () => `main-${++databases}`;

beforeAll(async () => {
  services = await startServices([createS3Service]);
  pointFunctionsAt(services);
  bucket = (await services.create('AWS::S3::Bucket', { BucketName: 'reports' })).ref;
  vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', bucket);
  s3 = new S3Client(services.client);
});
afterAll(async () => {
  s3?.destroy();
  await services?.close();
  vi.unstubAllEnvs();
});

const MANIFEST: Manifest = {
  format: 1,
  takenAt: '2026-11-21T03:00:00.000Z',
  server: { versionNumber: 170_005, systemIdentifier: '7', database: 'shop' },
  snapshot: '100:110:105',
  migrationHead: { known: false, why: 'not read' },
  keySalt: 'ab',
  tables: [],
  surroundings: { extensions: [], roles: [], memberships: [], settings: {} },
};
const stored = (database: string, snapshot: string, takenAt = MANIFEST.takenAt): StoredManifest => ({
  snapshotArn: `arn:aws:rds:us-east-1:123456789012:snapshot:${snapshot}`,
  snapshot,
  database,
  takenAt,
  manifest: { ...MANIFEST, takenAt },
});
const put = (Key: string, text: string) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(text) }));

describe('a stored manifest', () => {
  it('lies under its database and snapshot', () => {
    expect(manifestKey('main', 'before')).toBe('manifests/main/before.json');
  });

  it('is read as it was stored', async () => {
    const one = stored(freshDatabase(), 'before');
    const key = manifestKey(one.database, 'before');
    await storeManifest(key, one);
    expect(await readManifest(key)).toEqual(one);
  });

  it('is undefined where there is none', async () => {
    expect(await readManifest(manifestKey('main', 'no-such'))).toBeUndefined();
  });

  it.each([
    ['is no JSON', '{"snapshot":', 'it is not JSON'],
    [
      'is of another format',
      JSON.stringify({ manifest: { format: 2 } }),
      'its format is 2, and this version reads format 1',
    ],
    ['is something else', '{"manifest":{"format":1}}', 'it has not the shape of a manifest'],
    ['is null', 'null', 'it has not the shape of a manifest'],
    ['is empty', '', 'it is not JSON'],
  ])('is refused when it %s', async (_, body, why) => {
    const key = manifestKey(freshDatabase(), 'broken');
    await put(key, body);
    await expect(readManifest(key)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(`s3://reports/${key} cannot be used: ${why}. Nothing was changed.`),
    });
  });

  it('does not take a denied read for a missing one', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = services.clientOf('nobody', []).credentials;
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
    vi.resetModules();
    try {
      const fresh = await import('../../../../functions/postgres/manifest/store.ts');
      await expect(fresh.readManifest('manifests/main/x.json')).rejects.toMatchObject({
        name: 'AccessDenied',
      });
    } finally {
      vi.stubEnv('AWS_SESSION_TOKEN', undefined);
      pointFunctionsAt(services);
    }
  });
});

describe('the newest manifest', () => {
  const hour = (hours: number) => new Date(Date.UTC(2026, 10, 21, hours));

  it('is undefined where a database has none; another one whose name begins the same does not count', async () => {
    const database = freshDatabase();
    await storeManifest(manifestKey(`${database}-copy`, 'a'), stored(`${database}-copy`, 'a'));
    expect(await newestManifest(database)).toBeUndefined();
  });

  it('is the last one that was taken, whatever its name', async () => {
    const database = freshDatabase();
    for (const snapshot of ['c', 'a', 'b']) {
      await storeManifest(manifestKey(database, snapshot), stored(database, snapshot));
      await passAMoment();
    }
    expect((await newestManifest(database))?.stored.snapshot).toBe('b');
  });

  it('at or before an instant is told by when it was taken, not by when it was stored', async () => {
    const database = freshDatabase();
    const now = Date.now();
    const ago = (hours: number) => new Date(now - hours * 3_600_000);
    for (const [snapshot, hours] of [
      ['x', 3],
      ['y', 2],
      ['z', 1],
    ] as const) {
      await storeManifest(
        manifestKey(database, snapshot),
        stored(database, snapshot, ago(hours).toISOString()),
      );
      await passAMoment();
    }
    const newest = async (hours: number) => (await newestManifest(database, ago(hours)))?.key;
    expect(await newest(0.5)).toBe(manifestKey(database, 'z'));
    expect(await newest(1)).toBe(manifestKey(database, 'z'));
    expect(await newest(1.5)).toBe(manifestKey(database, 'y'));
    expect(await newest(2.5)).toBe(manifestKey(database, 'x'));
    expect(await newest(3.5)).toBeUndefined();
  });

  it('is not looked for among those that were stored long after the instant', async () => {
    const database = freshDatabase();
    await put(manifestKey(database, 'broken'), 'would be refused if it were read');
    expect(await newestManifest(database, hour(-100))).toBeUndefined();
    await expect(newestManifest(database)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('is found among more than one page of them', { timeout: 30_000 }, async () => {
    const database = freshDatabase();
    for (let batch = 0; batch < 21; batch += 1)
      await Promise.all(
        Array.from({ length: 50 }, (_, place) =>
          put(manifestKey(database, `m-${String(batch * 50 + place).padStart(5, '0')}`), 'an old one'),
        ),
      );
    await passAMoment();
    await storeManifest(manifestKey(database, 'zzz'), stored(database, 'zzz'));
    expect((await newestManifest(database))?.stored.snapshot).toBe('zzz');
  });
});

/** Objects are told apart by milliseconds. */
const passAMoment = () => new Promise((resolve) => setTimeout(resolve, 5));
