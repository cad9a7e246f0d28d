import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { compareEnvironments } from '../../../functions/preflight/compare-environments.ts';
import { fingerprintFacts, imageFamily } from '../../../functions/preflight/fingerprint-facts.ts';
import { hashKey } from '../../../functions/preflight/keyed-hash.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf';
const KEY = hashKey('correct horse battery staple correct horse') ?? expect.fail('the key is too short');
const SOURCES = new Map([['secret db-AbCdEf', { text: '{"password":"hunter2"}' }]]);
const CONTAINER: ContainerDefinition = {
  name: 'api',
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:42',
  environment: [
    { name: 'PORT', value: '8080' },
    { name: 'TOKEN', value: 'hunter2' },
    { name: 'SAME', value: 'hunter2' },
  ],
  secrets: [{ name: 'PASSWORD', valueFrom: `${ARN}:password::` }],
  command: ['serve', '--token=hunter2'],
  healthCheck: { command: ['CMD', 'curl', 'http://app:hunter2@localhost'], interval: 30 },
  logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': 'hunter2' } },
};
const facts = (
  change: ContainerDefinition = {},
  definition: TaskDefinition = {},
  key: typeof KEY | undefined = KEY,
  sources: Parameters<typeof fingerprintFacts>[2] = SOURCES,
) =>
  fingerprintFacts(
    { platformVersion: '1.4.0' },
    { cpu: '256', containerDefinitions: [{ ...CONTAINER, ...change }], ...definition },
    sources,
    key?.hash,
  );
const changed = (one: ReturnType<typeof facts>, other: ReturnType<typeof facts>) =>
  compareEnvironments({ facts: one, key: KEY.name }, { facts: other, key: KEY.name }, []).differences.map(
    ({ what }) => what,
  );

describe('fingerprintFacts', () => {
  it('holds no value, whatever it stands in', () => {
    const text = JSON.stringify(facts());
    for (const value of ['hunter2', '8080', 'serve']) expect(text).not.toContain(value);
    expect(facts()).toMatchObject({
      cpu: { kind: 'shown', value: '256' },
      'service.platformVersion': { kind: 'shown', value: '1.4.0' },
      image: { kind: 'shown', value: 'shop/api' },
      'healthCheck.interval': { kind: 'shown', value: '30' },
      'secret.PASSWORD': { kind: 'shown', value: 'the field password of a secret' },
      'secret.PASSWORD.shape': { kind: 'shown', value: 'a text' },
      'logging.driver': { kind: 'shown', value: 'splunk' },
    });
  });

  it('does not tell that two variables have one value', () => {
    const { 'environment.TOKEN': token, 'environment.SAME': same } = facts();
    expect(token).not.toEqual(same);
  });

  it.each<[string, ContainerDefinition, string[]]>([
    ['nothing', {}, []],
    [
      'a value',
      { environment: [{ name: 'PORT', value: '8081' }, ...(CONTAINER.environment?.slice(1) ?? [])] },
      ['environment.PORT'],
    ],
    ['a tag', { image: '999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/api@sha256:00' }, []],
    ['an image', { image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:42' }, ['image']],
    ['a command', { command: ['serve'] }, ['command']],
    [
      'the place of a secret',
      { secrets: [{ name: 'PASSWORD', valueFrom: ARN }] },
      ['secret.PASSWORD', 'secret.PASSWORD.shape'],
    ],
    ['a log option', { logConfiguration: { logDriver: 'splunk', options: {} } }, ['logging.splunk-token']],
    [
      'a health check',
      { healthCheck: { command: CONTAINER.healthCheck?.command, interval: 10 } },
      ['healthCheck.interval'],
    ],
  ])('tells %s that was changed', (_, change, expected) => {
    expect(changed(facts(), facts(change))).toEqual(expected);
  });

  it('compares secrets by what they are like, not by their values', () => {
    const other = (text: string) => facts({}, {}, KEY, new Map([['secret db-AbCdEf', { text }]]));
    expect(changed(facts(), other('{"password":"another one"}'))).toEqual([]);
    expect(changed(facts(), other('{"password":""}'))).toEqual(['secret.PASSWORD.shape']);
    expect(changed(facts(), other('{"user":"x"}'))).toEqual(['secret.PASSWORD.shape']);
    expect(
      facts({}, {}, KEY, new Map([['secret db-AbCdEf', { failed: { verdict: 'unknown', observed: 'no' } }]])),
    ).toMatchObject({ 'secret.PASSWORD.shape': { kind: 'unknown' } });
  });

  it('names the container where there are several', () => {
    const two = facts({}, { containerDefinitions: [CONTAINER, { name: 'proxy', image: 'envoy' }] });
    expect(two).toHaveProperty(['api.environment.PORT']);
    expect(two).toHaveProperty(['proxy.image'], { kind: 'shown', value: 'envoy' });
  });

  it('leaves values unknown where there is no key', () => {
    expect(fingerprintFacts({}, { containerDefinitions: [CONTAINER] }, SOURCES, undefined)).toMatchObject({
      'environment.PORT': { kind: 'unknown' },
    });
  });
});

describe('imageFamily', () => {
  it.each([
    ['nginx', 'nginx'],
    ['nginx:1.27', 'nginx'],
    ['library/nginx:1.27@sha256:00', 'library/nginx'],
    ['localhost/api:1', 'api'],
    ['registry:5000/shop/api', 'shop/api'],
    ['public.ecr.aws/x/y:1', 'x/y'],
  ])('%s is %s', (image, family) => {
    expect(imageFamily(image)).toBe(family);
  });
});

describe('hashKey', () => {
  it('takes no key that can be guessed', () => {
    expect(hashKey('changeme')).toBeUndefined();
    expect(hashKey(` ${'x'.repeat(31)}\n`)).toBeUndefined();
  });
  it('is the same for the same text, an end of a line or not, and another for another', () => {
    const text = 'x'.repeat(32);
    expect(hashKey(`${text}\n`)?.name).toBe(hashKey(text)?.name);
    expect(hashKey(text)?.hash('A', 'v')).toBe(hashKey(text)?.hash('A', 'v'));
    expect(hashKey(text)?.hash('A', 'v')).not.toBe(KEY.hash('A', 'v'));
    expect(hashKey(text)?.name).not.toBe(KEY.name);
    // Name and value have a border between them.
    expect(KEY.hash('A', 'Bv')).not.toBe(KEY.hash('AB', 'v'));
  });
});
