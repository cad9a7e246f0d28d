import { describe, expect, it } from 'vitest';
import { everything, listed, ofType, STACK, synthesizeConfig, written } from '../synthesize.ts';

/** All that may be asked of `*`: AWS knows no narrower resource for these, or, for mute rules, nobody knows their names. */
const RESOURCELESS = new Set([
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'cloudwatch:GetMetricData',
  'cloudwatch:ListAlarmMuteRules',
  'cloudwatch:GetAlarmMuteRule',
  'ecs:DescribeTaskDefinition',
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
]);

interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

const synthesized = synthesizeConfig(everything);
const policies = ofType(synthesized, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties);

/** Step → what its function's role allows. */
const steps = new Map(
  ofType(synthesized, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
    const [role] = Properties.Role['Fn::GetAtt'];
    const statements: Statement[] = policies
      .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map(({ Action, Resource }) => ({ actions: listed(Action), resources: listed(Resource).map(written) }));
    return [/^NightshiftSteps(\w+)Function/.exec(id)?.[1] ?? id, { role, statements }] as const;
  }),
);

/** What cdk-nag would not mention for a role, as it writes it down: resources with a wildcard. */
function acknowledged(step: string): string[] {
  const scope = synthesized.app.node
    .findChild(STACK)
    .node.findChild('Nightshift')
    .node.findChild('Steps')
    .node.findChild(step);
  return scope.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
    .flatMap(({ data }) => Object.entries(data as Record<string, string>))
    .flatMap(([rule, reason]) => {
      expect(reason.length).toBeGreaterThan(20);
      const resource = /AwsSolutions-IAM5\[Resource::(.+)\]$/.exec(rule)?.[1];
      return resource === undefined ? [] : [resource];
    });
}

/** cdk-nag's way to write a reference, as these tests write it. */
const asWritten = (resource: string) =>
  resource
    .replaceAll(/<(\w+)\.Arn>/g, 'arn:aws:any:us-east-1:123456789012:thing/$1')
    .replace('<AWS::Partition>', 'aws')
    .replace('<AWS::Region>', 'us-east-1')
    .replace('<AWS::AccountId>', '123456789012');

const allowing = (pattern: RegExp) =>
  [...steps]
    .filter(([, { statements }]) =>
      statements.some(({ actions }) => actions.some((action) => pattern.test(action))),
    )
    .map(([name]) => name)
    .sort();

describe.each([...steps])('the role of %s', (name, { role, statements }) => {
  it('belongs to this function alone, and has no policy of AWS', () => {
    expect([...steps.values()].filter((other) => other.role === role)).toHaveLength(1);
    expect(synthesized.resources[role]?.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(statements.length).toBeGreaterThan(0);
  });

  it('names every action', () => {
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('has * only where AWS knows nothing narrower', () => {
    const everywhere = statements.filter(({ resources }) => resources.includes('*'));
    expect(
      everywhere.flatMap(({ actions }) => actions).filter((action) => !RESOURCELESS.has(action)),
    ).toEqual([]);
  });

  it('has a wildcard only where it is acknowledged, for a reason', () => {
    const wildcards = statements
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource.includes('*'));
    expect(acknowledged(name).map(asWritten)).toEqual(expect.arrayContaining([...new Set(wildcards)]));
  });
});

describe('the roles of all functions', () => {
  it('are as many as there are steps', () => {
    expect(steps.size).toBe(18);
  });

  it.each([
    ['change a service', /^ecs:(Update|Stop|Create|Delete|Run|Register|Deregister)/, ['RollServiceBack']],
    ['read a secret', /^secretsmanager:/, ['ReadMigrationHead', 'ValidateDatabase']],
    ['decrypt', /^kms:/, ['ReadMigrationHead', 'ValidateDatabase']],
    ['write a report', /^s3:/, ['CloseRun', 'ReapRun']],
    ['wake somebody up', /^sns:/, ['CloseRun', 'ReapRun', 'RequestApproval']],
    [
      'answer a task token',
      /^states:SendTask(Success|Failure)/,
      ['AwaitSteadyService', 'ResumeWaitingRun', 'SweepWaitingRuns'],
    ],
    ['write a parameter', /^ssm:(Put|Delete)/, []],
    ['change permissions', /^iam:/, []],
  ] as const)('let only the right steps %s', (_, pattern, expected) => {
    expect(allowing(pattern)).toEqual(expected);
  });

  it('let a rollback change the declared services, and no other', () => {
    const update = steps
      .get('RollServiceBack')
      ?.statements.filter(({ actions }) => actions.includes('ecs:UpdateService'));
    expect(update?.flatMap(({ resources }) => resources)).toEqual([
      'arn:aws:ecs:us-east-1:123456789012:service/main/api',
      'arn:aws:ecs:us-east-1:123456789012:service/main/worker',
    ]);
  });

  it('let only the declared secret and its key be read', () => {
    const read = steps
      .get('ReadMigrationHead')
      ?.statements.filter(({ actions }) => actions.some((action) => /^(secretsmanager|kms):/.test(action)));
    expect(read?.flatMap(({ resources }) => resources)).toEqual([
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
      'arn:aws:kms:us-east-1:123456789012:key/1234',
    ]);
  });
});
