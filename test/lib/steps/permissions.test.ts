import { describe, expect, it, vi } from 'vitest';
import { Steps } from '../../../lib/steps/steps.ts';
import { everything, listed, ofType, STACK, statementsOf, synthesizeConfig, written } from '../synthesize.ts';

// Said here too: what is imported before a helper that says it has loaded the bundling already.
vi.mock('../../../lib/bundling/bundle-functions.ts', () => import('../no-bundles.ts'));

/** All that may be asked of `*`: AWS knows no narrower resource for these, or, for mute rules, nobody knows their names. */
const RESOURCELESS = new Set([
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'cloudwatch:GetMetricData',
  'cloudwatch:ListAlarmMuteRules',
  'cloudwatch:GetAlarmMuteRule',
  'ecs:DescribeTaskDefinition',
  // A condition names the clusters.
  'ecs:ListTasks',
  'application-autoscaling:DescribeScalableTargets',
  'secretsmanager:GetRandomPassword',
  'ssm:DescribeParameters',
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
  readonly condition: unknown;
}

const synthesized = synthesizeConfig(everything);
const allStatements = statementsOf(synthesized);

/** Step → what its function's role allows. */
const steps = new Map(
  ofType(synthesized, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
    const [role] = Properties.Role['Fn::GetAtt'];
    const statements: Statement[] = allStatements
      .filter((one) => one.role === role)
      .map(({ statement }) => statement)
      .map(({ Action, Resource, Condition }) => ({
        actions: listed(Action),
        resources: listed(Resource).map(written),
        condition: Condition,
      }));
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

/** The only functions that see values which are rotated. */
const KEEPERS = [
  'KeepExternalKey',
  'KeepPolicyValue',
  'KeepPostgresqlAlternatingUsers',
  'KeepPostgresqlSingleUser',
  'KeepRedisAuth',
  'KeepSigningKey',
];

/** Steps that see what a release's tasks would be given. */
const READ_TASKS = ['CheckReach', 'CheckRelease', 'DescribeEnvironment'];

/** Steps that log in to a database. */
const READ_DATABASES = [
  'CheckDatabase',
  'CheckWayBack',
  'EndSessions',
  'GiveOwnershipBack',
  'InspectOwnership',
  'MeasureLoss',
  'ProveMigrationHead',
  'ProveRestore',
  'ReadDatabaseHead',
  'ReadMigrationHead',
  'RestorePasswords',
  'SettleInstance',
  'TakeManifest',
  'TakeOverOwnership',
  'ValidateDatabase',
  'VerifyOwnership',
  'VerifyRestore',
];

describe('the roles of all functions', () => {
  it('are as many as there are steps', () => {
    expect(steps.size).toBe(Steps.entries().length);
  });

  it.each([
    [
      'change a service',
      /^ecs:(Update|Stop|Create|Delete|Run|Register|Deregister)/,
      ['RedeployConsumers', 'RollServiceBack', 'StartConsumers', 'StopConsumers'],
    ],
    [
      'read a secret',
      /^secretsmanager:GetSecretValue$/,
      [...KEEPERS, ...READ_DATABASES, ...READ_TASKS, 'CheckCache'].sort(),
    ],
    ['write a secret', /^secretsmanager:(Put|Update)Secret(Value)?$/, KEEPERS],
    ['rotate a secret', /^secretsmanager:RotateSecret$/, ['StartRotations']],
    [
      'move a label of a secret',
      /^secretsmanager:UpdateSecretVersionStage$/,
      [...KEEPERS, 'PutBackValues', 'StartRotations'],
    ],
    [
      'do anything else to secrets',
      /^secretsmanager:(?!Describe|List|GetSecretValue|GetRandomPassword|PutSecretValue|RotateSecret|UpdateSecretVersionStage)/,
      [],
    ],
    [
      'decrypt',
      /^kms:Decrypt$/,
      [...READ_DATABASES.filter((step) => !/Ownership/.test(step)), ...READ_TASKS].sort(),
    ],
    [
      'ask a keeper',
      /^lambda:/,
      [
        'InspectSecrets',
        'ProveAdoption',
        'PutBackValues',
        'RetireOldValues',
        'StartRotations',
        'VerifyPutBack',
      ],
    ],
    ['change a token of a cache', /^elasticache:Modify/, ['KeepRedisAuth']],
    ['start a run', /^states:StartExecution$/, ['LookAfterSecrets', 'StartHandlers']],
    [
      'write a report, a manifest, public keys or what a check found',
      /^s3:Put/,
      [
        'CloseRun',
        'DescribeEnvironment',
        'JudgeHealth',
        'KeepSigningKey',
        'PlanHealthCheck',
        'ReapRun',
        'ReportHealth',
        'TakeManifest',
      ],
    ],
    ['delete a manifest', /^s3:Delete/, ['ApplyRetention']],
    ['wake somebody up', /^sns:/, ['CloseRun', 'ReapRun', 'RequestApproval', 'SweepLeftovers']],
    [
      'answer a task token',
      /^states:SendTask(Success|Failure)/,
      [
        'AwaitConsumers',
        'AwaitInstance',
        'AwaitRotations',
        'AwaitSnapshot',
        'AwaitSteadyService',
        'AwaitTask',
        'ResumeWaitingRun',
        'SweepWaitingRuns',
      ],
    ],
    ['take a snapshot', /^rds:CreateDBSnapshot$/, ['CreateSnapshot']],
    ['delete a snapshot', /^rds:DeleteDBSnapshot$/, ['ApplyRetention']],
    ['restore', /^rds:Restore/, ['RestoreInstance']],
    ['delete an instance', /^rds:DeleteDBInstance$/, ['DeleteScratch', 'SweepLeftovers']],
    [
      'change or rename an instance',
      /^rds:ModifyDBInstance$/,
      ['DeleteScratch', 'NameInstance', 'SettleInstance', 'SweepLeftovers'],
    ],
    [
      'do anything else to databases',
      /^rds:(?!Describe|Restore|CreateDBSnapshot|DeleteDB|ModifyDBInstance|AddTags|RemoveTags)/,
      [],
    ],
    ['write a parameter', /^ssm:(Put|Delete)/, []],
    ['hand a role over', /^iam:PassRole$/, ['SettleInstance']],
    ['ask what a role may do', /^iam:SimulatePrincipalPolicy$/, ['CheckReadiness', 'WatchReadiness']],
    ['change permissions', /^iam:(?!PassRole$|SimulatePrincipalPolicy$)/, []],
  ] as const)('let only the right steps %s', (_, pattern, expected) => {
    expect(allowing(pattern)).toEqual(expected);
  });

  it('let tasks of the declared clusters be listed, and of no other', () => {
    const listing = allStatements
      .map(({ statement }) => statement)
      .filter(({ Action }) => listed(Action).includes('ecs:ListTasks'));
    expect(listing.length).toBeGreaterThan(0);
    for (const { Condition } of listing)
      expect(listed(Condition.ArnEquals['ecs:cluster']).map(written)).toEqual([
        'arn:aws:ecs:us-east-1:123456789012:cluster/main',
      ]);
  });

  it('let the daily check start what the configuration lets it start, and nothing else', () => {
    const starting = steps
      .get('StartHandlers')
      ?.statements.filter(({ actions }) => actions.includes('states:StartExecution'));
    expect(starting?.flatMap(({ resources }) => resources)).toEqual([
      'arn:aws:states:us-east-1:123456789012:stateMachine:nightshift-roll-back-service',
    ]);
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

  it.each([
    ['ApplyRetention', 'rds:DeleteDBSnapshot'],
    ['DeleteScratch', 'rds:DeleteDBInstance'],
    ['SweepLeftovers', 'rds:DeleteDBInstance'],
    ['SettleInstance', 'rds:ModifyDBInstance'],
  ])('let %s call %s only on what carries the tag of this deployment', (step, action) => {
    const allowed = steps.get(step)?.statements.filter(({ actions }) => actions.includes(action)) ?? [];
    expect(allowed.length).toBeGreaterThan(0);
    for (const { condition } of allowed)
      expect(condition).toEqual({ StringEquals: { 'aws:ResourceTag/nightshift:owner': 'nightshift' } });
  });

  it('let nobody delete the declared instance, whatever tags it has', () => {
    const deletable = [...steps.values()]
      .flatMap(({ statements }) => statements)
      .filter(({ actions }) => actions.includes('rds:DeleteDBInstance'))
      .flatMap(({ resources }) => resources);
    expect([...new Set(deletable)].sort()).toEqual([
      'arn:aws:rds:us-east-1:123456789012:db:main*-drill-*',
      'arn:aws:rds:us-east-1:123456789012:db:main*-restored-*',
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

  it("let RDS use the database's own key for them, where one is declared, and nobody else", () => {
    const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/of-the-storage';
    const { main } = everything.databases as { main: object };
    const withKey = synthesizeConfig({
      ...everything,
      databases: { main: { ...main, keyArn } as NonNullable<typeof everything.databases>[string] },
    });
    const using = statementsOf(withKey)
      .filter(({ statement }) => listed(statement.Resource).includes(keyArn))
      .map(({ role, statement }) => [
        /Steps(\w+)Role/.exec(role)?.[1],
        statement.Action,
        JSON.stringify(statement.Condition),
      ]);
    expect(using.map(([step]) => step).sort()).toEqual(['CreateSnapshot', 'RestoreInstance']);
    for (const [, actions, condition] of using) {
      expect(actions).toEqual(['kms:CreateGrant', 'kms:DescribeKey']);
      expect(condition).toContain('kms:ViaService');
    }
  });
});
