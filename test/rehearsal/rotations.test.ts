import { createHash } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { STAGED_LABEL } from '../../functions/secrets/state.ts';
import { DEMO } from '../../rehearsal/demo-names.ts';
import { CACHED_LOGIN_TAG, GOOD_TAG } from '../../rehearsal/images.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import { nightshift } from '../support/command.ts';
import { check } from '../support/database-operator.ts';
import { EverythingWritten } from '../support/everything-written.ts';
import { findValues } from '../support/find-values.ts';
import { ONE_USER, RotationStage } from '../support/rotation-stage.ts';

/** So fast that an hour, after which old values are looked after, takes about half a minute. */
const SPEED = 100;
/** Who may administer the shop from now on: long enough to be recognized anywhere. */
const ADMINS = 'ada,grace-hopper-7f3a91';

/** Nights with the secrets of one service: each test goes on where the last one ended. */
describe('rotations', { timeout: 180_000 }, () => {
  let night: RotationStage;
  let stage: Stage;
  const told: string[] = [];

  beforeAll(async () => {
    night = await RotationStage.open(SPEED);
    ({ stage } = night);
    // A shop without an item has none that could show its name.
    await fetch(`${stage.baseUrl}/items`, { method: 'POST' });
  }, 180_000);
  afterEach(() => night?.values.collect());
  afterAll(() => night?.close());

  const version = (label?: string) => stage.secrets.version(DEMO.shopSecret, label);

  it('are refused where everything belongs to the one user, until an approved run has changed that', async () => {
    for (const statement of ONE_USER) await stage.database.sql(DEMO.instance, statement);
    const refused = await night.rotate('shop');
    expect(refused).toMatchObject({ outcome: 'refused', acted: false });
    expect(refused.error?.message).toContain('take-over-ownership');

    const record = await night.runApproved('take-over-ownership', { secret: 'shop' });
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    const owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
    expect(await stage.database.sql(DEMO.instance, owners)).toEqual(['shop_owner']);
    expect((await fetch(`${stage.baseUrl}/items`, { method: 'POST' })).status).toBe(200);
  });

  it('end at the plan with the switch off, and as a dry run', async () => {
    const before = await version();
    await night.setSwitch('off');
    expect(await night.rotate('shop')).toMatchObject({ outcome: 'planned', acted: false });
    await night.setSwitch('on');
    const record = await night.rotate('shop', { dryRun: true });
    expect(record).toMatchObject({ outcome: 'planned', acted: false });
    expect(record.plan?.actions.map(({ id }) => id)).toEqual(['rotate-shop', 'redeploy-api']);
    expect(await version()).toBe(before);
    expect(await version('AWSPENDING')).toBeUndefined();
  });

  it('are refused while a consumer names one version for ever', async () => {
    const before = (await version()) ?? '';
    const running = await stage.team.running();
    await night.releasePinned('DATABASE_PASSWORD', before);
    const record = await night.rotate('shop');
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    expect(record.error?.message).toContain(
      'api would never see a new value: DATABASE_PASSWORD in its task definition names a version',
    );
    expect(await version()).toBe(before);
    await night.deploy(running);
  });

  it('are taken back where a consumer keeps the old value for ever, though it seems well', async () => {
    await night.settled(await stage.team.release({ tag: CACHED_LOGIN_TAG }));
    const before = await stage.secrets.read(DEMO.shopSecret);
    const record = await night.rotate('shop');
    expect(record).toMatchObject({ outcome: 'undone', acted: true, error: { name: 'VerificationFailed' } });
    expect(record.error?.message).toContain('no session of the old database user');
    expect(await stage.secrets.read(DEMO.shopSecret)).toEqual(before);
    expect(await version('AWSPENDING')).toBeUndefined();
    expect(await stage.database.mayLogIn(DEMO.instance, before)).toBe(true);
    expect(await night.operator.locks()).toEqual([]);
  });

  it('succeed once the consumer is mended', async () => {
    await night.settled(await stage.team.release({ tag: GOOD_TAG }));
    const old = await stage.secrets.read(DEMO.shopSecret);
    const record = await night.rotate('shop');
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    expect(check(record, 'api uses shop')?.passed).toBe(true);
    expect(await night.users()).toEqual(['shop_clone']);
    expect(await stage.database.mayLogIn(DEMO.instance, old)).toBe(true);
  });

  it('are refused within the overlap of the last one', async () => {
    const before = await version();
    const record = await night.rotate('shop');
    expect(record).toMatchObject({ outcome: 'refused', acted: false });
    expect(record.error?.message).toMatch(
      /the value before is good until \S+Z, and another rotation would cut that short\. To rotate it all the same, give a "reason"/,
    );
    expect(await version()).toBe(before);
  });

  it('go on with a reason; a second one joins, and who wants something else is told so', async () => {
    const old = await stage.secrets.read(DEMO.shopSecret);
    // So that the end of it can be waited for.
    await night.declare('shop', { overlapSeconds: 60 });
    const first = await stage.begin('rotate-secret', { secret: 'shop', reason: 'it stood on a screen' });
    await stage.until(
      'the plan',
      600,
      async () => (await stage.deployment.record(first))?.plan !== undefined,
    );
    const [second, other, elsewhere] = await Promise.all([
      night.rotate('shop', { reason: 'it stood on a screen' }),
      night.rotate('shop', { unfinished: 'undo' }),
      night.rotate('tokens'),
    ]);
    expect(second).toMatchObject({ outcome: 'joined', acted: false });
    expect(other).toMatchObject({ outcome: 'refused', acted: false });
    expect(other.error?.message).toContain('was asked for something else');
    expect(elsewhere).toMatchObject({ outcome: 'refused', acted: false });
    expect(elsewhere.error?.message).toContain('holds the lock of service/api');
    const record = await stage.follow('rotate-secret', first);
    expect(record).toMatchObject({ outcome: 'verified', acted: true, joined: 1 });
    expect(record.plan?.warnings.join()).toContain('the value before was not retired yet');
    const { username, password } = await stage.secrets.read(DEMO.shopSecret);
    expect([username, await night.users()]).toEqual(['shop', ['shop']]);
    expect(password).not.toBe(old.password);
  });

  it('retire the old value when its time is over', async () => {
    const old = await stage.secrets.read(DEMO.shopSecret, 'AWSPREVIOUS');
    const entry = await stage.deployment.runbook('rotate-secret');
    const finishing = await stage.until('the run that retires', 900, async () => {
      await night.operator.invoke('LookAfterSecrets');
      return (await stage.deployment.runsOf(entry)).find(({ id }) => id.startsWith('finish-shop-'));
    });
    const record = await stage.follow('rotate-secret', finishing.arn);
    expect(record).toMatchObject({
      outcome: 'verified',
      acted: true,
      run: { trigger: { kind: 'schedule' } },
    });
    expect(await stage.database.mayLogIn(DEMO.instance, old)).toBe(false);
    expect(await night.users()).toEqual(['shop']);
  });

  it('publish new keys before they sign', async () => {
    const record = await night.rotate('tokens');
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
  });

  it('take a policy that was staged by the command, and give it back', async () => {
    const refused = await night.rotate('admins');
    expect(refused).toMatchObject({ outcome: 'refused', acted: false });
    expect(refused.error?.message).toContain('run "nightshift secret stage admins" first');

    const staged = await nightshift(['secret', 'stage', 'admins', '--from-stdin', '--json'], {
      input: JSON.stringify({ admins: ADMINS }),
    });
    expect(staged).toMatchObject({ code: 0, json: { secret: 'admins', kind: 'policy-value' } });
    told.push(staged.stdout + staged.stderr);
    await night.values.collect();
    const record = await night.rotate('admins');
    expect(record.error?.message).toBeUndefined();
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    expect(await stage.secrets.read(DEMO.adminsSecret)).toEqual({ admins: ADMINS });
    expect(await stage.secrets.version(DEMO.adminsSecret, STAGED_LABEL)).toBeUndefined();

    const undone = await night.rotate('admins', { unfinished: 'undo' });
    expect(undone.error?.message).toBeUndefined();
    expect(undone).toMatchObject({ outcome: 'verified', acted: true });
    expect(await stage.secrets.read(DEMO.adminsSecret)).toEqual({ admins: 'ada' });
  });

  it('leave no value of any secret anywhere but in Secrets Manager', async () => {
    await night.values.collect();
    const { values } = night;
    // The master's; of the shop what it began with, what was taken back, and two more.
    expect(new Set(values.named('password')).size).toBeGreaterThanOrEqual(5);
    expect(new Set(values.named('d')).size).toBeGreaterThanOrEqual(2);
    expect(values.named('admins')).toEqual([ADMINS]);

    const everything = new EverythingWritten();
    const written = [...(await everything.read()), ['command', told.join('\n')] as const];
    const holding = (text: string) =>
      new Set(written.flatMap(([place, content]) => (content.includes(text) ? [place.split(' ')[0]] : [])));
    // What is to be searched was read.
    for (const service of ['dynamodb', 's3', 'states']) expect(holding('rotate-shop')).toContain(service);
    expect(holding('testSecret of shop is done')).toContain('logs');
    expect(holding((await version()) ?? '')).toContain('secretsmanager');
    expect(holding('UNDONE: rotate-secret on secret/shop')).toContain('sqs');
    expect(holding('has started 1 tasks')).toContain('ecs');
    expect(findValues(written, values.needles())).toEqual([]);

    const keys = written.find(([place]) => place.endsWith('jwks/tokens.json'))?.[1] ?? '';
    const ring = JSON.parse(keys.slice(keys.indexOf('{"keys"'))) as { keys: object[] };
    expect(ring.keys).toHaveLength(2);
    for (const key of ring.keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);

    // And it would be found, wherever it stood.
    await plant();
    const found = findValues(await everything.read(), values.needles());
    for (const service of ['dynamodb', 's3', 'sqs', 'ssm', 'states', 'logs'])
      expect(found).toContainEqual(expect.stringMatching(`^${service} `));
  });

  /** Writes a value where none should be, in each form that a careless program gives it. */
  async function plant(): Promise<void> {
    const [password = ''] = night.values.named('password');
    const [key = ''] = night.values.named('d');
    const { runTable, reportBucket } = await night.operator.stores();
    const { ssm, sqs } = stage.clients;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'pager' }));
    night.sandbox.machine.engines.putLog('/demo/api', 'planted', `cannot log in with ${password}`);
    await Promise.all([
      new DynamoDBClient({}).send(
        new PutItemCommand({
          TableName: runTable,
          Item: { id: { S: 'planted' }, sort: { S: 'action' }, hash: { S: sha256(password) } },
        }),
      ),
      new S3Client({ forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: reportBucket, Key: 'planted', Body: `the key ${key.slice(0, 12)}…` }),
      ),
      ssm.send(new PutParameterCommand({ Name: '/planted', Type: 'String', Value: btoa(password) })),
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ d: key }) })),
      stage.begin('rotate-secret', { secret: password, dryRun: true }),
    ]);
  }
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
