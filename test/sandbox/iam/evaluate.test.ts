import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../sandbox/iam/evaluate.ts';
import type { Statement } from '../../../sandbox/iam/policy-document.ts';

const SERVICE = 'arn:aws:ecs:us-east-1:123456789012:service/main/api';
const ROLE = 'arn:aws:iam::123456789012:role/worker';
const update = { action: 'ecs:UpdateService', resource: SERVICE };
const allow = (Action: string | string[], Resource: string | string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const deny = (Action: string, Resource = '*'): Statement => ({ Effect: 'Deny', Action, Resource });
const decide = (...statements: Statement[]) => evaluate([{ Statement: statements }], update, {}).decision;

describe('identity-based policies', () => {
  test.each<[what: string, statements: Statement[], decision: string]>([
    ['nothing', [], 'none'],
    ['the action', [allow('ecs:UpdateService')], 'allow'],
    ['the action in other letters', [allow('ECS:updateservice')], 'allow'],
    ['a wildcard in the action', [allow('ecs:Update*')], 'allow'],
    ['everything', [allow('*')], 'allow'],
    ['another action', [allow('ecs:DescribeServices')], 'none'],
    ['one action of several', [allow(['ecs:DescribeServices', 'ecs:UpdateService'])], 'allow'],
    ['the resource', [allow('ecs:*', SERVICE)], 'allow'],
    [
      'a wildcard in the resource',
      [allow('ecs:*', 'arn:aws:ecs:us-east-1:123456789012:service/main/*')],
      'allow',
    ],
    [
      'a resource of another cluster',
      [allow('ecs:*', 'arn:aws:ecs:us-east-1:123456789012:service/other/*')],
      'none',
    ],
    ['a resource in other letters', [allow('ecs:*', SERVICE.toUpperCase())], 'none'],
    ['a wildcard over the parts of an ARN', [allow('ecs:*', 'arn:aws:ecs:*')], 'none'],
    ['a deny after an allow', [allow('*'), deny('ecs:UpdateService')], 'deny'],
    ['a deny before an allow', [deny('ecs:*'), allow('*')], 'deny'],
    ['a deny of something else', [allow('*'), deny('ecs:DeleteService')], 'allow'],
    ['all actions but others', [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], 'allow'],
    ['all actions but this', [{ Effect: 'Allow', NotAction: 'ecs:*', Resource: '*' }], 'none'],
    ['all resources but others', [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::*' }], 'allow'],
    ['all resources but this', [{ Effect: 'Allow', Action: '*', NotResource: SERVICE }], 'none'],
    [
      'a condition that fails',
      [{ ...allow('*'), Condition: { StringEquals: { 'ecs:cluster': 'x' } } }],
      'none',
    ],
  ])('with %s', (_what, statements, decision) => {
    expect(decide(...statements)).toBe(decision);
  });

  test('see the condition keys of the request and of the caller', () => {
    const statement = {
      ...allow('*'),
      Condition: { StringEquals: { 'ecs:cluster': 'main', 'aws:PrincipalArn': ROLE } },
    };
    const permission = { ...update, conditions: { 'ecs:cluster': 'main' } };
    expect(evaluate([{ Statement: statement }], permission, { 'aws:PrincipalArn': ROLE }).decision).toBe(
      'allow',
    );
  });

  test('that name a resource do not allow actions that cannot be limited to one', () => {
    const permission = { action: 'ecs:ListClusters', resource: '*' };
    expect(evaluate([{ Statement: allow('ecs:*', SERVICE) }], permission, {}).decision).toBe('none');
    expect(evaluate([{ Statement: allow('ecs:*') }], permission, {}).decision).toBe('allow');
  });

  test('decide the same in any order', () => {
    const statement = fc.constantFrom<Statement>(
      allow('ecs:UpdateService'),
      allow('ecs:*', SERVICE),
      allow('s3:*'),
      deny('ecs:DeleteService'),
      deny('ecs:UpdateService', 'arn:aws:ecs:*:*:service/other/*'),
      deny('ecs:Update*'),
    );
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(decide(...statements.toReversed())).toBe(decide(...statements));
        expect(decide(...statements, deny('*'))).toBe('deny');
      }),
    );
  });
});

describe('resource-based policies', () => {
  const role = { arn: ROLE, account: '123456789012' };
  const events = { arn: 'events.amazonaws.com', account: '123456789012', service: 'events.amazonaws.com' };
  const named = (Principal: NonNullable<Statement['Principal']>) => [
    { Statement: { ...allow('*'), Principal } },
  ];

  test.each<[who: string, principal: NonNullable<Statement['Principal']>, role: string, service: string]>([
    ['everybody', '*', 'allow', 'allow'],
    ['everybody with AWS credentials', { AWS: '*' }, 'allow', 'none'],
    ['the role', { AWS: ROLE }, 'allow', 'none'],
    ['one of several', { AWS: ['arn:aws:iam::123456789012:role/other', ROLE] }, 'allow', 'none'],
    ['another role', { AWS: 'arn:aws:iam::123456789012:role/other' }, 'none', 'none'],
    ['the account', { AWS: 'arn:aws:iam::123456789012:root' }, 'delegate', 'none'],
    ['the account by its number', { AWS: '123456789012' }, 'delegate', 'none'],
    ['the service', { Service: 'events.amazonaws.com' }, 'none', 'allow'],
    ['another service', { Service: 'sns.amazonaws.com' }, 'none', 'none'],
  ])('that name %s', (_who, principal, forRole, forService) => {
    expect(evaluate(named(principal), update, {}, role).decision).toBe(forRole);
    expect(evaluate(named(principal), update, {}, events).decision).toBe(forService);
  });

  test('that name nobody allow nobody', () => {
    expect(evaluate([{ Statement: allow('*') }], update, {}, role).decision).toBe('none');
  });
});
