import type { SecretSituation } from '../../../functions/secrets/state.ts';
import type { SecretTarget } from '../../../schemas/secret.ts';

export const KEEPER = 'arn:aws:lambda:us-east-1:123456789012:function:keep-policy-value';
export const NOW = new Date('2026-11-21T03:00:00Z');

type Change = Partial<Omit<SecretSituation, 'target'>> & { readonly target?: Partial<SecretTarget> };

/** A secret that is as it should be: rotated ten days ago by a run that proved it and retired what was before. */
export function aSituation(name = 'database', { target, ...change }: Change = {}): SecretSituation {
  return {
    target: {
      kind: 'secret',
      name,
      secretArn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`,
      rotation: {
        kind: 'postgresql-single-user',
        user: 'app',
        password: { length: 32, excludedCharacters: '', urlSafe: false },
        database: {
          kind: 'database',
          name: 'main',
          instance: 'main',
          host: 'localhost',
          port: 5432,
          database: 'shop',
          secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf',
          migrations: 'none',
        },
      },
      consumers: ['api'],
      after: [],
      tags: [],
      overlapSeconds: 86_400,
      rotateEveryDays: 30,
      alarms: [],
      observeSeconds: 0,
      ...target,
    },
    versions: [
      { id: 'version-2', stages: ['AWSCURRENT'], createdAt: '2026-11-11T03:00:00.000Z' },
      { id: 'version-1', stages: ['AWSPREVIOUS'], createdAt: '2026-10-11T03:00:00.000Z' },
    ],
    current: 'version-2',
    previous: 'version-1',
    pending: null,
    staged: null,
    rotationEnabled: true,
    rotationFunction: KEEPER,
    lastRotatedAt: '2026-11-11T03:00:00.000Z',
    unfinished: null,
    record: {
      secret: name,
      run: 'an-earlier-run',
      rotatedAt: '2026-11-11T03:00:00.000Z',
      by: 'person',
      replaced: 'version-1',
      version: 'version-2',
      adoptedAt: '2026-11-11T03:05:00.000Z',
      retireAt: '2026-11-12T03:05:00.000Z',
      retiredAt: '2026-11-12T04:00:00.000Z',
    },
    retirement: 'done',
    inspection: { facts: {}, obstacles: [], warnings: [] },
    consumers: [aConsumer('api')],
    ...change,
  };
}

export function aConsumer(
  name: string,
  change: Partial<SecretSituation['consumers'][number]> = {},
): SecretSituation['consumers'][number] {
  return {
    name,
    cluster: 'main',
    service: name,
    taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/app:7',
    desired: 2,
    pinned: [],
    refers: true,
    injected: true,
    controller: 'ECS',
    deployedAt: '2026-11-11T03:01:00.000Z',
    rollingOut: false,
    ...change,
  };
}
