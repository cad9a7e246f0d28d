import { describe, expect, it } from 'vitest';
import { everything, listed, ofType, synthesizeConfig, written } from '../synthesize.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is CloudFormation's JSON.
type Any = any;

const synthesized = synthesizeConfig(everything);
const rules = ofType(synthesized, 'AWS::Events::Rule');
const schedules = ofType(synthesized, 'AWS::Scheduler::Schedule');
const targets: Array<[string, Any]> = [
  ...rules.flatMap(([id, { Properties }]) =>
    Properties.Targets.map((target: Any): [string, Any] => [id, target]),
  ),
  ...schedules.map(([id, { Properties }]): [string, Any] => [id, Properties.Target]),
];
const queues = new Set(
  ofType(synthesized, 'AWS::SQS::Queue').map(([id]) => written({ 'Fn::GetAtt': [id, 'Arn'] })),
);
const patternOf = (name: string) =>
  rules.find(([id]) => id.startsWith(`Nightshift${name}`))?.[1].Properties.EventPattern;

describe('what starts a run', () => {
  it('is there for every service, alarm and schedule', () => {
    expect(
      [...rules, ...schedules].map(([id]) => id.replace(/^Nightshift(.*)[\dA-F]{8}$/, '$1')).sort(),
    ).toEqual([
      'DatabaseUpkeepSweepLeftovers',
      'DatabaseUpkeepWatchDrills',
      'ReadinessWatchWatchReadiness',
      'RevisionRecorderCompletedapi',
      'RevisionRecorderCompletedworker',
      'Schedulesdailyhealthcheck',
      'Schedulesmonthly',
      'Schedulesmorning',
      'Schedulesnightly',
      'SecretUpkeepLookAfterSecrets',
      'SecretUpkeepRotated',
      'TriggersapiAlarms',
      'TriggersapiTasksCannotStart',
      'TriggersworkerTasksCannotStart',
      'UpkeepDatabaseChanged',
      'UpkeepRunDied',
      'UpkeepServiceSettled',
      'UpkeepSweep',
      'UpkeepTaskStopped',
    ]);
  });

  it.each(targets)('%s keeps what could not be delivered', (_, { DeadLetterConfig }) => {
    expect(queues).toContain(written(DeadLetterConfig.Arn));
  });

  it.each(targets)('%s tries again, for a while', (_, { RetryPolicy }) => {
    expect(RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    expect(RetryPolicy.MaximumEventAgeInSeconds).toBeGreaterThanOrEqual(60);
    expect(RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(7200);
  });

  it.each(rules)('%s may put into the queue', (id) => {
    const allowed = ofType(synthesized, 'AWS::SQS::QueuePolicy')
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Effect, Principal }) => Effect === 'Allow' && Principal.Service === 'events.amazonaws.com')
      .filter(({ Action }) => listed(Action).includes('sqs:SendMessage'))
      .map(({ Condition }) => written(Condition.ArnEquals['aws:SourceArn']));
    expect(allowed).toContain(written({ 'Fn::GetAtt': [id, 'Arn'] }));
  });

  it.each(schedules)('%s may put into the queue', (_, { Properties }) => {
    const role = Properties.Target.RoleArn['Fn::GetAtt'][0];
    const allowed = ofType(synthesized, 'AWS::IAM::Policy')
      .filter(([, policy]) => policy.Properties.Roles.some(({ Ref }: Any) => Ref === role))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
      .filter(({ Action }) => listed(Action).includes('sqs:SendMessage'))
      .flatMap(({ Resource }) => listed(Resource).map(written));
    expect(allowed).toContain(written(Properties.Target.DeadLetterConfig.Arn));
  });

  it("is one of the service's alarms that goes off, and no other", () => {
    expect(patternOf('TriggersapiAlarms').detail).toEqual({
      alarmName: ['nightshift-api-error-ratio', 'nightshift-api-unhealthy-targets', 'api-is-slow'],
      state: { value: ['ALARM'] },
    });
  });

  it.each([
    ['TriggersapiTasksCannotStart', ['api']],
    ['TriggersworkerTasksCannotStart', ['worker']],
    ['RevisionRecorderCompletedapi', ['api']],
    ['UpkeepServiceSettled', ['api', 'worker']],
  ])('%s listens to its services alone', (name, services) => {
    expect(patternOf(name).resources.map(written)).toEqual(
      services.map((service) => `arn:aws:ecs:us-east-1:123456789012:service/main/${service}`),
    );
  });

  it.each([
    ['nightly', { service: 'api', dryRun: true }],
    // What only looks has nothing to hold back.
    ['morning', { database: 'main', dryRun: false }],
  ])('starts the schedule %s with %j when it says nothing else', (name, input) => {
    const [, schedule] = schedules.find(([id]) => id.includes(name)) ?? [];
    expect(JSON.parse(schedule?.Properties.Target.Input)).toEqual({
      ...input,
      trigger: { kind: 'schedule', by: name },
    });
  });
});
