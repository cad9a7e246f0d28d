import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { dynamodb } from '../../../../functions/run/documents.ts';
import type { Machine, Service } from '../../../../sandbox/contract.ts';
import { createElastiCacheService } from '../../../../sandbox/services/elasticache/elasticache-service.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { startActing } from '../../../support/acting-run.ts';

export type Handler = (event: unknown, context: never) => Promise<unknown>;
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type Step = (typeof STEPS)[number];

export const FIRST = 'the-FIRST-token-1!&#$^<>-';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:keeper';
/** Long enough for what a keeper does here at a time, in milliseconds. */
const DEADLINE = 20_000;
/** Between two connections of a consumer that connects again and again, in milliseconds. */
const KNOCK = 100;

export type RotatedCaches = Awaited<ReturnType<typeof startRotatedCaches>>;
export type TestCache = Awaited<ReturnType<RotatedCaches['aCache']>>;

interface Versioned {
  readonly name: string;
  versions(): Promise<ReadonlyArray<{ readonly text: string | undefined }>>;
}

/** ElastiCache and the services that a keeper needs, for the tests of one file. */
export async function startRotatedCaches(handler: () => Handler) {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  const said: string[] = [];
  const listen = (stream: NodeJS.WriteStream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk: unknown) => {
      said.push(String(chunk));
      return true;
    });
  const spies = [listen(process.stdout), listen(process.stderr)];
  const changes: string[] = [];
  const { send } = ElastiCacheClient.prototype;
  const watch = vi.spyOn(ElastiCacheClient.prototype, 'send').mockImplementation(function (
    this: ElastiCacheClient,
    ...given: unknown[]
  ) {
    const [command] = given;
    if (command instanceof ModifyReplicationGroupCommand)
      changes.push(command.input.AuthTokenUpdateStrategy as string);
    return (send as (...all: unknown[]) => unknown).apply(this, given) as never;
  } as never);
  // Tests call the steps themselves.
  const functions = (machine: Machine): Service => {
    machine.engines.requireInvocable = () => {};
    machine.engines.invokeFunction = async () => ({
      payload: null,
      functionError: { errorType: 'Nobody', errorMessage: 'A test calls the steps itself.' },
    });
    return { name: 'functions', apis: [], providers: [], close() {} };
  };
  const world = await startActing([functions, createSecretsManagerService, createElastiCacheService], {
    speed: 900,
  });
  const authority = await readFile(world.machine.certificateAuthority.file, 'utf8');
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, authority]);
  const secrets = new SecretsManagerClient(world.client);
  const elasticache = new ElastiCacheClient(world.client);
  let caches = 0;

  async function ask(event: unknown, milliseconds = DEADLINE): Promise<unknown> {
    try {
      const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => milliseconds };
      const answer = await handler()(event, context as never);
      said.push(JSON.stringify(answer ?? null));
      return answer;
    } catch (error) {
      const thrown = error as Error;
      said.push(`${thrown.name}: ${thrown.message}\n${thrown.stack}\n${JSON.stringify(thrown)}`);
      throw error;
    }
  }

  /** A cache of its own, with its secret, declared. */
  async function aCache(
    value: (token: string) => string = (token) => JSON.stringify({ auth_token: token, note: 'kept' }),
  ) {
    caches += 1;
    const name = `cache-${caches}`;
    await world.create('AWS::ElastiCache::ReplicationGroup', {
      ReplicationGroupId: name,
      ReplicationGroupDescription: name,
      TransitEncryptionEnabled: true,
      AuthToken: FIRST,
    });
    const describe = async () => {
      const { ReplicationGroups = [] } = await elasticache.send(
        new DescribeReplicationGroupsCommand({ ReplicationGroupId: name }),
      );
      return ReplicationGroups[0];
    };
    const endpoint = (await describe())?.NodeGroups?.[0]?.PrimaryEndpoint;
    const { ARN: arn = '' } = await secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: value(FIRST) }),
    );
    const target = {
      kind: 'secret',
      name,
      secretArn: arn,
      rotation: {
        kind: 'redis-auth',
        cache: { name, replicationGroup: name, host: endpoint?.Address, port: endpoint?.Port },
        password: { length: 40, excludedCharacters: '<>', urlSafe: false },
      },
      consumers: ['api'],
      after: [],
      tags: [],
      overlapSeconds: 0,
    };
    const declare = (cache: Record<string, unknown> = {}, consumers = ['api']) =>
      world.parameter(
        `/nightshift/nightshift/targets/secret/${name}`,
        JSON.stringify({
          ...target,
          consumers,
          rotation: { ...target.rotation, cache: { ...target.rotation.cache, ...cache } },
        }),
      );
    await declare();
    const login = (token: string, username?: string) =>
      new Redis({
        host: endpoint?.Address as string,
        port: endpoint?.Port as number,
        password: token,
        ...(username === undefined ? {} : { username }),
        tls: { ca: authority },
        lazyConnect: true,
        retryStrategy: () => null,
      }).on('error', () => {});
    const versions = async () => {
      const { Versions = [] } = await secrets.send(
        new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }),
      );
      return await Promise.all(
        Versions.map(async ({ VersionId: id = '', VersionStages: labels = [] }) => {
          const found = await secrets
            .send(new GetSecretValueCommand({ SecretId: arn, VersionId: id }))
            .catch(() => undefined);
          return { id, labels, text: found?.SecretString };
        }),
      );
    };
    const labelled = async (label: string) => (await versions()).find(({ labels }) => labels.includes(label));
    const tokenOf = (text: string | undefined): string =>
      text?.startsWith('{') ? JSON.parse(text).auth_token : (text ?? '');
    const changesBefore = changes.length;

    return {
      name,
      arn,
      describe,
      declare,
      versions,
      /** Strategies of the changes that were asked for. */
      changes: () => changes.slice(changesBefore),
      token: async (label = 'AWSCURRENT') => tokenOf((await labelled(label))?.text),
      text: async (label = 'AWSCURRENT') => (await labelled(label))?.text,
      version: async (label = 'AWSCURRENT') => (await labelled(label))?.id as string,
      put: (text: string, labels = ['AWSCURRENT']) =>
        secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: text, VersionStages: labels })),
      /** Stages an empty version, as a rotation begins; answers with its token. */
      async begin(): Promise<string> {
        const { VersionId = '' } = await secrets.send(
          new RotateSecretCommand({
            SecretId: arn,
            RotationLambdaARN: FUNCTION,
            RotationRules: { AutomaticallyAfterDays: 30 },
          }),
        );
        return VersionId;
      },
      async unstage(version: string): Promise<void> {
        await secrets.send(
          new UpdateSecretVersionStageCommand({
            SecretId: arn,
            VersionStage: 'AWSPENDING',
            RemoveFromVersionId: version,
          }),
        );
      },
      step: (Step: Step, ClientRequestToken: string, milliseconds?: number) =>
        ask({ Step, SecretId: arn, ClientRequestToken }, milliseconds),
      /** All four steps, for a token of its own. */
      async rotate(): Promise<string> {
        const token = await this.begin();
        for (const step of STEPS) await this.step(step, token);
        await this.unstage(token);
        return token;
      },
      ask: (operation: string, more: Record<string, unknown> = {}) =>
        ask({ operation, secret: name, ...more }),
      /** The service's own change, as somebody else asks for it. */
      async modify(AuthToken: string, AuthTokenUpdateStrategy: 'ROTATE' | 'SET'): Promise<void> {
        await elasticache.send(
          new ModifyReplicationGroupCommand({
            ReplicationGroupId: name,
            AuthToken,
            AuthTokenUpdateStrategy,
            ApplyImmediately: true,
          }),
        );
        changes.pop();
      },
      async available(): Promise<void> {
        await vi.waitFor(async () => expect((await describe())?.Status).toBe('available'), {
          timeout: 20_000,
        });
      },
      /** A consumer's connection; the test ends it. */
      async connect(token: string, username?: string): Promise<Redis> {
        const client = login(token, username);
        await client.connect();
        // The client hides that the server refused it.
        await client.ping();
        return client;
      },
      async accepts(token: string): Promise<boolean> {
        const client = login(token);
        try {
          await client.connect();
          return (await client.ping()) === 'PONG';
        } catch {
          return false;
        } finally {
          client.disconnect();
        }
      },
      /** A consumer that connects anew with a token all the time; answers how often it did, and how often it was refused. */
      knock(token: string): () => Promise<{ times: number; refused: number }> {
        let stopped = false;
        const count = { times: 0, refused: 0 };
        const done = (async () => {
          while (!stopped) {
            if (!(await this.accepts(token))) count.refused += 1;
            count.times += 1;
            await new Promise((resolve) => setTimeout(resolve, KNOCK));
          }
        })();
        return async () => {
          stopped = true;
          await done;
          return count;
        };
      },
      /** A connection of the sandbox's own user, whose password stands in the server's file. */
      async administrator(): Promise<Redis> {
        const file = await readFile(join(world.machine.directory, 'caches', name, 'redis.conf'), 'utf8');
        return this.connect(/^user sandbox on >(\S+)/m.exec(file)?.[1] as string, 'sandbox');
      },
    };
  }

  return {
    ...world,
    aCache,
    fault: (effect: string) => world.machine.faults.add({ call: 'elasticache-lifecycle:modify', effect }),
    /** Fails when a token of these caches is in anything that somebody could read who may not read secrets. */
    async expectNothingSaid(ofThem: readonly Versioned[]): Promise<void> {
      const { Items = [] } = await dynamodb().send(
        new ScanCommand({ TableName: process.env.NIGHTSHIFT_RUN_TABLE as string }),
      );
      const everything = [...said, ...world.log, JSON.stringify(Items)].join('\n');
      expect(everything).toContain('setSecret');
      for (const cache of ofThem)
        for (const { text } of await cache.versions()) {
          const token = tokenIn(text);
          for (const form of [token, JSON.stringify(token).slice(1, -1), encodeURIComponent(token)])
            expect(everything.includes(form), `a token of ${cache.name} was said`).toBe(false);
        }
    },
    async stop() {
      setDefaultCACertificates(trusted);
      for (const spy of spies) spy.mockRestore();
      watch.mockRestore();
      secrets.destroy();
      elasticache.destroy();
      await world.stop();
    },
  };
}

/** A version without a value has nothing that could be said. */
const tokenIn = (text = 'no-value-at-all-here'): string =>
  text.startsWith('{') ? String(JSON.parse(text).auth_token) : text;
