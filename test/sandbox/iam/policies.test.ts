import { beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../../sandbox/contract.ts';
import { createPolicies, type PolicyEngine } from '../../../sandbox/iam/policies.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:topic`;
const publish = { action: 'sns:Publish', resource: TOPIC };
const worker: Caller = { kind: 'role', roleArn: ROLE, session: 'run-1' };
const rule: Caller = {
  kind: 'service',
  principal: 'events.amazonaws.com',
  sourceArn: `arn:aws:events:us-east-1:${ACCOUNT}:rule/alarm`,
};
const allow = { Effect: 'Allow', Action: 'sns:Publish', Resource: TOPIC };
const trust = (Principal: unknown, Condition?: unknown) => ({
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...(Condition ? { Condition } : {}) },
});

let policies: PolicyEngine;
beforeEach(() => {
  policies = createPolicies(ACCOUNT);
  policies.addRole({ arn: ROLE, name: 'worker', trust: trust({ Service: 'lambda.amazonaws.com' }) });
});
const attach = (...Statement: unknown[]) =>
  policies.attach('worker', { name: 'inline', document: { Statement } });
const refusal = (action: () => void): string => {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'allowed';
};

describe('the policies of a role', () => {
  const long = (characters: number) => ({
    ...allow,
    Resource: `${TOPIC}-${'x'.repeat(characters)}`,
  });

  test('may have 10,240 characters together, and no more', () => {
    policies.attach('worker', { name: 'one', document: { Statement: [long(5000)] } });
    expect(
      refusal(() => policies.attach('worker', { name: 'two', document: { Statement: [long(5200)] } })),
    ).toBe('Maximum policy size of 10240 bytes exceeded for role worker');
    // One that takes the place of another counts alone.
    expect(
      refusal(() => policies.attach('worker', { name: 'one', document: { Statement: [long(9000)] } })),
    ).toBe('allowed');
  });

  test('are counted without white space', () => {
    const spaced = { ...allow, Sid: ' '.repeat(20_000) };
    expect(refusal(() => attach(spaced))).toBe('allowed');
  });
});

describe('a role', () => {
  const user = `User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/run-1 is not authorized to perform: sns:Publish on resource: ${TOPIC}`;

  test('may do nothing that no policy allows, and is told so in the words of AWS', () => {
    expect(() => policies.require(worker, publish)).toThrow(
      expect.objectContaining({ code: 'AccessDeniedException', status: 403 }),
    );
    expect(refusal(() => policies.require(worker, publish))).toBe(
      `${user} because no identity-based policy allows the sns:Publish action`,
    );
  });

  test('may do what its own policies allow', () => {
    attach(allow);
    expect(refusal(() => policies.require(worker, publish))).toBe('allowed');
  });

  test("may do what the resource's policy allows it by name", () => {
    expect(
      refusal(() => policies.require(worker, publish, { Statement: { ...allow, Principal: { AWS: ROLE } } })),
    ).toBe('allowed');
  });

  test("needs a policy of its own where the resource's policy names only the account", () => {
    const resourcePolicy = { Statement: { ...allow, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } } };
    expect(refusal(() => policies.require(worker, publish, resourcePolicy))).toContain(
      'no identity-based policy',
    );
    attach(allow);
    expect(refusal(() => policies.require(worker, publish, resourcePolicy))).toBe('allowed');
  });

  test.each([
    [
      'its own policy',
      'an identity-based policy',
      () => attach(allow, { ...allow, Effect: 'Deny' }),
      undefined,
    ],
    [
      "the resource's policy",
      'a resource-based policy',
      () => attach(allow),
      { Statement: { ...allow, Effect: 'Deny', Principal: '*' } },
    ],
  ])('may not do what %s denies', (_which, words, prepare, resourcePolicy) => {
    prepare();
    expect(refusal(() => policies.require(worker, publish, resourcePolicy))).toBe(
      `${user} with an explicit deny in ${words}`,
    );
  });

  test('that does not exist may do nothing', () => {
    const caller: Caller = { ...worker, roleArn: `${ROLE}2` };
    expect(refusal(() => policies.require(caller, publish))).toContain('because the role does not exist');
    expect(() => policies.credentialsFor(`${ROLE}2`, 's')).toThrow('does not exist');
    expect(() => policies.attach('other', { name: 'x', document: { Statement: [] } })).toThrow(
      'cannot be found',
    );
  });

  test('keeps one policy per name, the last', () => {
    attach(allow);
    attach();
    expect(refusal(() => policies.require(worker, publish))).toContain('not authorized');
  });

  test('can have managed policies of AWS and of the account', () => {
    policies.attachManaged('worker', 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole');
    policies.addManaged(`arn:aws:iam::${ACCOUNT}:policy/own`, { Statement: allow });
    policies.attachManaged('worker', `arn:aws:iam::${ACCOUNT}:policy/own`);
    expect(refusal(() => policies.require(worker, publish))).toBe('allowed');
    expect(refusal(() => policies.require(worker, { action: 'logs:PutLogEvents', resource: '*' }))).toBe(
      'allowed',
    );
    expect(() => policies.attachManaged('worker', 'arn:aws:iam::aws:policy/AdministratorAccess')).toThrow(
      "does not know the managed policy 'arn:aws:iam::aws:policy/AdministratorAccess'",
    );
  });
});

describe('an AWS service', () => {
  const policy = (Condition: unknown) => ({
    Statement: { ...allow, Principal: { Service: 'events.amazonaws.com' }, Condition },
  });

  test.each([
    ['its rule', { ArnEquals: { 'aws:SourceArn': rule.sourceArn } }, 'allowed'],
    [
      'another rule',
      { ArnEquals: { 'aws:SourceArn': `${rule.sourceArn}2` } },
      'no resource-based policy allows',
    ],
    ['its account', { StringEquals: { 'AWS:SourceAccount': ACCOUNT } }, 'allowed'],
    ['an encrypted connection', { Bool: { 'aws:SecureTransport': 'true' } }, 'allowed'],
  ])('may act for what the resource allows it for: %s', (_what, condition, outcome) => {
    expect(refusal(() => policies.require(rule, publish, policy(condition)))).toContain(outcome);
  });

  test('may do nothing where the resource has no policy', () => {
    expect(refusal(() => policies.require(rule, publish))).toContain('no resource-based policy allows');
  });

  test.each([
    ['lambda.amazonaws.com', undefined, undefined, true],
    ['ecs-tasks.amazonaws.com', undefined, undefined, false],
    [
      'lambda.amazonaws.com',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:a' } },
      'arn:aws:lambda:us-east-1:1:function:a',
      true,
    ],
    [
      'lambda.amazonaws.com',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:a' } },
      'arn:aws:lambda:us-east-1:1:function:b',
      false,
    ],
    [
      'lambda.amazonaws.com',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:a' } },
      undefined,
      false,
    ],
  ])('%s may assume a role with the condition %j for %s: %s', (principal, condition, sourceArn, may) => {
    policies.addRole({
      arn: ROLE,
      name: 'worker',
      trust: trust({ Service: 'lambda.amazonaws.com' }, condition),
    });
    expect(refusal(() => policies.requireAssumable(ROLE, principal, sourceArn)) === 'allowed').toBe(may);
  });
});

describe('a role that another assumes', () => {
  const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: OTHER };

  test.each<[principal: unknown, own: unknown[], may: boolean]>([
    [{ AWS: ROLE }, [], true],
    [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, [], false],
    [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, [assume], true],
    [{ Service: 'lambda.amazonaws.com' }, [assume], false],
    [{ AWS: ROLE }, [{ ...assume, Effect: 'Deny' }], false],
  ])('trusts %j, whose own policies are %j: %s', (principal, own, may) => {
    policies.addRole({ arn: OTHER, name: 'other', trust: trust(principal) });
    attach(...own);
    expect(refusal(() => policies.requireAssumeRole(worker, OTHER)) === 'allowed').toBe(may);
  });

  test('must exist', () => {
    expect(refusal(() => policies.requireAssumeRole(worker, OTHER))).toContain(
      'not authorized to perform: sts:AssumeRole',
    );
  });
});

describe('a policy that the sandbox cannot evaluate is refused when it is attached', () => {
  test.each([
    [{ Statement: { ...allow, NotPrincipal: '*' } }, 'does not evaluate NotPrincipal'],
    [{ Statement: { ...allow, Effect: 'Maybe' } }, 'neither Allow nor Deny'],
    [{ Statement: { Effect: 'Allow', Resource: '*' } }, 'no Action'],
    [
      { Statement: { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } } },
      "condition operator 'IpAddress'",
    ],
    [{ Statement: { ...allow, Resource: 'arn:aws:s3:::b/${aws:username}' } }, 'policy variable'],
    [{ Statement: { ...allow, Condition: { StringEquals: { a: '${aws:x}' } } } }, 'policy variable'],
    [{}, 'not a policy document'],
    [undefined, 'not a policy document'],
  ])('%j', (document, message) => {
    expect(() => policies.attach('worker', { name: 'inline', document })).toThrow(message);
  });
});

describe('the record of permissions', () => {
  test('says which were used and which nobody needed yet', () => {
    attach(
      { Effect: 'Allow', Action: ['sns:Publish', 'sns:Get*'], Resource: [TOPIC, `${TOPIC}2`] },
      {
        Effect: 'Allow',
        NotAction: 'iam:*',
        Resource: `${TOPIC}3`,
      },
    );
    policies.require(worker, publish);
    refusal(() => policies.require(worker, { action: 's3:GetObject', resource: '*' }));
    expect(policies.usage()).toEqual(new Map([['worker', new Set([`sns:Publish on ${TOPIC}`])]]));
    expect(policies.unused()).toEqual(
      new Map([
        [
          'worker',
          new Set([
            `sns:Publish on ${TOPIC}2`,
            `sns:Get* on ${TOPIC}`,
            `sns:Get* on ${TOPIC}2`,
            `all but iam:* on ${TOPIC}3`,
          ]),
        ],
      ]),
    );
  });

  test('does not count what a denied call asked for', () => {
    attach(allow, { ...allow, Effect: 'Deny' });
    refusal(() => policies.require(worker, publish));
    expect(policies.usage().size).toBe(0);
    expect(policies.unused().get('worker')).toEqual(new Set([`sns:Publish on ${TOPIC}`]));
  });
});
