import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, vi } from 'vitest';
import { dynamodb } from '../../../functions/run/documents.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createS3Service } from '../../../sandbox/services/s3/s3-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import type { Rotation, SecretTarget } from '../../../schemas/secret.ts';
import { CONTEXT, startActing } from '../../support/acting-run.ts';
import { aSecret, type Handler, type TestSecret } from './postgresql/a-secret.ts';

export type Keeping = Awaited<ReturnType<typeof startKeeping>>;
export type KeptSecret = Awaited<ReturnType<Keeping['declare']>>;

/** Shorter parts of a value stand in sentences of their own right. */
const SHORTEST_SECRET = 8;
/** Fields of a value that tell no secret. */
const PUBLIC = /^(kid|alg|kty|crv|use|createdAt|signsFrom|verifiesUntil|e)$/;

/** The services that a keeper needs, consumers that listen for real, and everything that is said. */
export async function startKeeping(handler: Handler) {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  const said: string[] = [];
  const listen = (stream: NodeJS.WriteStream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk: unknown) => {
      said.push(String(chunk));
      return true;
    });
  const streams = [listen(process.stdout), listen(process.stderr)];
  // Tests call the steps themselves.
  const functions = (machine: Machine): Service => {
    machine.engines.requireInvocable = () => {};
    machine.engines.invokeFunction = async () => ({
      payload: null,
      functionError: { errorType: 'Nobody', errorMessage: 'A test calls the steps itself.' },
    });
    return { name: 'functions', apis: [], providers: [], close() {} };
  };
  const world = await startActing([functions, createSecretsManagerService, createS3Service], { speed: 1 });
  const bucket = (await world.create('AWS::S3::Bucket', { BucketName: 'reports' })).ref;
  vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', bucket);
  const s3 = new S3Client({ ...world.client, forcePathStyle: true });
  const secrets = new SecretsManagerClient(world.client);
  const servers: Array<ReturnType<typeof createServer>> = [];
  const kept: Array<Pick<TestSecret, 'texts'>> = [];
  let count = 0;

  async function ask(_: Handler, event: unknown): Promise<unknown> {
    try {
      const answer = await handler(event, CONTEXT);
      said.push(JSON.stringify(answer ?? null));
      return answer;
    } catch (error) {
      const thrown = error as Error;
      said.push(`${thrown.name}: ${thrown.message}\n${thrown.stack}\n${JSON.stringify(thrown)}`);
      throw error;
    }
  }

  /** A server that listens on this machine. */
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A secret with its first value, declared. */
  async function declare(rotation: Rotation, value: string, more: Partial<SecretTarget> = {}) {
    count += 1;
    const secret = await aSecret({ secrets, ask }, `secret-${count}`, value);
    const { name, arn: secretArn } = secret;
    const declaration = { consumers: [], after: [], tags: [], overlapSeconds: 0, ...more };
    const target = { kind: 'secret', name, secretArn, rotation, ...declaration };
    await world.parameter(`/nightshift/nightshift/targets/secret/${name}`, JSON.stringify(target));
    const made = {
      ...secret,
      text: async (label = 'AWSCURRENT') => (await secret.labelled(label))?.text as string,
      version: async (label = 'AWSCURRENT') => (await secret.labelled(label))?.id as string,
      stage: (text: string) => secret.put(text, ['NIGHTSHIFT_STAGED']),
      step: (step: Parameters<typeof secret.step>[1], token: string) => secret.step(handler, step, token),
      rotate: () => secret.rotate(handler),
      ask: (operation: string, more: Record<string, unknown> = {}) =>
        ask(handler, { operation, secret: name, ...more }),
      async proveAdoption(): Promise<Array<{ name: string; passed: boolean; measured: string }>> {
        const answer = await this.ask('prove-adoption', { since: new Date().toISOString() });
        return (answer as { checks: [] }).checks;
      },
    };
    kept.push(made);
    return made;
  }

  /** A declared service; `listener` is given its requests. */
  async function consumer(name: string, listener: (request: IncomingMessage) => number | Promise<number>) {
    const baseUrl = await serve(async (request, response) => {
      response.statusCode = await listener(request);
      response.end('{"token":"eyJ-not-repeated-anywhere"}');
    });
    const service = {
      ...{ kind: 'service', name, environment: 'production', cluster: 'main', service: name, baseUrl },
      ...{ livenessPath: '/', readinessPath: '/', latencyLimitMilliseconds: 1000, errorRatioLimitPercent: 1 },
      ...{ minimumRequests: 1, bakeSeconds: 1, observeSeconds: 1, steadyTimeoutSeconds: 1, alarms: [] },
    };
    await world.parameter(`/nightshift/nightshift/targets/service/${name}`, JSON.stringify(service));
  }

  return {
    ...world,
    said,
    serve,
    declare,
    consumer,
    /** An object of the report bucket as JSON; undefined where there is none. */
    async reported(key: string): Promise<unknown> {
      const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined);
      const text = await found?.Body?.transformToString();
      return text === undefined ? undefined : JSON.parse(text);
    },
    /** Fails when a part of any value of these secrets is in something that others may read. */
    async expectNothingSaid(more: readonly string[] = []): Promise<void> {
      const { Items = [] } = await dynamodb().send(
        new ScanCommand({ TableName: process.env.NIGHTSHIFT_RUN_TABLE as string }),
      );
      const everything = [...said, ...world.log, JSON.stringify(Items)].join('\n');
      expect(everything).toContain('createSecret');
      const texts = (await Promise.all(kept.map((secret) => secret.texts()))).flat();
      const parts = texts.flatMap(({ text }) => partsOf(text ?? '')).concat(more);
      expect(parts.length).toBeGreaterThan(3);
      for (const part of new Set(parts))
        for (const form of [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part)])
          expect(everything.includes(form), 'a part of a value was said').toBe(false);
      expect(everything).not.toContain('eyJ-not-repeated-anywhere');
    },
    async stop() {
      for (const spy of streams) spy.mockRestore();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      s3.destroy();
      secrets.destroy();
      await world.stop();
    },
  };
}

function partsOf(text: string): string[] {
  const parts = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, part]) => (PUBLIC.test(name) ? [] : parts(part)));
  };
  try {
    return [text, ...parts(JSON.parse(text))].filter((part) => part.length >= SHORTEST_SECRET);
  } catch {
    return text.length >= SHORTEST_SECRET ? [text] : [];
  }
}
