import { describe, expect, it } from 'vitest';
import type { UsableRevision } from '../../../functions/ecs/last-good.ts';
import { judgeImage, judgeRevision, type WayBack } from '../../../functions/readiness/judge-way-back.ts';

const arn = (revision: number) => `arn:aws:ecs:us-east-1:123456789012:task-definition/api:${revision}`;
const found = (
  revision: number,
  imageDigests: Record<string, string> = { app: 'sha256:1' },
): NonNullable<UsableRevision['found']> => ({
  candidate: {
    service: 'main/api',
    revision: arn(revision),
    goodAt: '2026-11-01T03:00:00.000Z',
    deploymentId: 'ecs-svc/1',
    imageDigests,
  },
  described: { taskDefinition: { containerDefinitions: [{ name: 'app' }] } },
});
const usable = (change: Partial<UsableRevision> = {}): UsableRevision => ({
  found: undefined,
  rejected: [],
  warnings: [],
  ...change,
});
const gone = { taskDefinition: arn(2), why: 'the image of app (app:2) is gone from its repository' };
const inactive = { taskDefinition: arn(2), why: 'the task definition is INACTIVE: it has been deregistered' };
const wayBack = (change: Partial<WayBack>): WayBack => ({
  basis: 'history',
  running: arn(3),
  back: usable(),
  standing: undefined,
  ...change,
});

describe('the way back', () => {
  it.each<[string, Partial<WayBack>, [string, string], [string, string]]>([
    [
      'leads to a good revision',
      { back: usable({ found: found(2) }) },
      ['pass', 'api:2, good since 2026-11-01T03:00:00Z'],
      ['pass', '1 found by digest'],
    ],
    [
      'leads to an older one',
      { back: usable({ found: found(1), rejected: [inactive] }) },
      [
        'warn',
        'api:1, good since 2026-11-01T03:00:00Z; api:2 cannot be used: the task definition is INACTIVE: it has been deregistered',
      ],
      ['pass', '1 found by digest'],
    ],
    [
      'rests on what ECS says',
      { basis: 'last-completed-deployment', back: usable({ found: found(2) }) },
      ['warn', 'api:2 was deployed at 2026-11-01T03:00:00Z, but nobody has seen it healthy'],
      ['pass', '1 found by digest'],
    ],
    [
      'leads to an image whose digest nobody noted',
      { back: usable({ found: found(2, {}) }) },
      ['pass', 'api:2, good since 2026-11-01T03:00:00Z'],
      ['warn', 'of app only the tag is known, which may have moved since'],
    ],
    [
      'leads to an image that cannot be looked up',
      { back: usable({ found: found(2), warnings: ['It is not in ECR.'] }) },
      ['pass', 'api:2, good since 2026-11-01T03:00:00Z'],
      ['unknown', 'It is not in ECR.'],
    ],
    [
      'is there for the next release only',
      { standing: usable({ found: found(3) }) },
      [
        'warn',
        'the next release could be rolled back to api:3, which runs and is good; api:3 itself could not: no other revision can be gone back to',
      ],
      ['pass', '1 found by digest'],
    ],
    [
      'is not there, and what runs could not be started again',
      { standing: usable({ rejected: [{ ...gone, taskDefinition: arn(3) }] }) },
      [
        'fail',
        'no other revision has been recorded as good; nor could api:3 be started again: the image of app (app:2) is gone from its repository',
      ],
      ['fail', 'api:3: the image of app (app:2) is gone from its repository'],
    ],
    [
      'is not there, for its image is gone',
      { back: usable({ rejected: [gone] }) },
      ['fail', 'api:2 cannot be used: the image of app (app:2) is gone from its repository'],
      ['fail', 'api:2: the image of app (app:2) is gone from its repository'],
    ],
    [
      'is not there, for it was deregistered',
      { back: usable({ rejected: [inactive] }) },
      ['fail', 'api:2 cannot be used: the task definition is INACTIVE: it has been deregistered'],
      ['unknown', 'there is no revision whose images could be looked for'],
    ],
    [
      'never was',
      {},
      ['fail', 'no other revision has been recorded as good'],
      ['unknown', 'there is no revision whose images could be looked for'],
    ],
  ])('%s', (_how, change, revision, image) => {
    const { verdict, observed } = judgeRevision(wayBack(change));
    expect([verdict, observed]).toEqual(revision);
    const ofImage = judgeImage(wayBack(change));
    expect([ofImage.verdict, ofImage.observed]).toEqual(image);
  });
});
