import * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError, type Machine, type Operation, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import { type Alarm, createAlarms } from './alarms.ts';
import { MetricStore } from './metric-store.ts';
import { type MuteRule, muteRuleStatus } from './mute-rules.ts';
import { dimensionMap, type MetricQuery, runQueries } from './query-metrics.ts';

/** CloudWatch: metrics, alarms that evaluate, mute rules. */
export function createCloudWatchService(machine: Machine): Service {
  const store = new MetricStore();
  const muteRules = new Map<string, MuteRule & { updatedAt: number }>();
  const muted = (alarm: Alarm) =>
    [...muteRules.values()].some(
      (rule) =>
        muteRuleStatus(rule, machine.clock.now()) === 'ACTIVE' &&
        (rule.MuteTargets?.AlarmNames.includes(alarm.definition.AlarmName) ?? true),
    );
  const alarms = createAlarms(machine, store, muted);
  const alarmArn = (name: string) => machine.arn('cloudwatch', `alarm:${name}`);
  const muteRuleArn = (name: string) => machine.arn('cloudwatch', `alarm-mute-rule:${name}`);
  machine.engines.putMetric = (datum) => store.put(datum, datum.at ?? machine.clock.now());

  const show = (alarm: Alarm) => {
    const { Tags: _tags, ...definition } = alarm.definition;
    return {
      ...definition,
      AlarmArn: alarm.arn,
      ActionsEnabled: definition.ActionsEnabled ?? true,
      StateValue: alarm.state,
      StateReason: alarm.reason,
      StateReasonData: alarm.reasonData,
      StateUpdatedTimestamp: new Date(alarm.changedAt),
      StateTransitionedTimestamp: new Date(alarm.changedAt),
      AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    };
  };
  const anywhere = (action: string) => () => [{ action: `cloudwatch:${action}`, resource: '*' }];

  const operations: Record<string, Operation> = {
    PutMetricData: {
      permissions: (input) => [
        {
          action: 'cloudwatch:PutMetricData',
          resource: '*',
          conditions: { 'cloudwatch:namespace': input.Namespace },
        },
      ],
      handle(input) {
        refuseMembers(input, ['Namespace', 'MetricData']);
        if (input.Namespace.startsWith('AWS/'))
          throw new AwsError(
            'InvalidParameterValueException',
            'The value AWS/ for parameter Namespace is invalid.',
          );
        for (const datum of input.MetricData ?? []) {
          refuseMembers(datum, [
            'MetricName',
            'Dimensions',
            'Timestamp',
            'Value',
            'Values',
            'Counts',
            'Unit',
            'StorageResolution',
          ]);
          const base = {
            namespace: input.Namespace,
            name: datum.MetricName,
            dimensions: dimensionMap(datum.Dimensions),
          };
          const at = datum.Timestamp?.getTime() ?? machine.clock.now();
          const values: number[] = datum.Values ?? [datum.Value];
          for (const [index, value] of values.entries()) {
            const times = datum.Counts?.[index] ?? 1;
            for (let time = 0; time < times; time += 1) store.put({ ...base, value }, at);
          }
        }
        return {};
      },
    },
    GetMetricData: {
      permissions: anywhere('GetMetricData'),
      handle(input) {
        const queries: MetricQuery[] = input.MetricDataQueries;
        const [from, to] = [input.StartTime.getTime(), input.EndTime.getTime()];
        const results = runQueries(store, queries, from, to, machine.clock.now());
        return {
          MetricDataResults: queries
            .filter(({ ReturnData }) => ReturnData !== false)
            .map(({ Id, Label }) => {
              const points = [...(results.get(Id) ?? [])].sort(([left], [right]) =>
                input.ScanBy === 'TimestampAscending' ? left - right : right - left,
              );
              return {
                Id,
                Label: Label ?? Id,
                StatusCode: 'Complete',
                Timestamps: points.map(([at]) => new Date(at)),
                Values: points.map(([, value]) => value),
              };
            }),
          Messages: [],
        };
      },
    },
    ListMetrics: {
      permissions: anywhere('ListMetrics'),
      handle(input) {
        const found = store
          .list()
          .filter(
            ({ namespace, name }) =>
              namespace === (input.Namespace ?? namespace) && name === (input.MetricName ?? name),
          );
        const { page, nextToken } = paginate(found, input.NextToken, 500);
        return {
          Metrics: page.map(({ namespace, name, dimensions }) => ({
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          })),
          NextToken: nextToken,
        };
      },
    },
    DescribeAlarms: {
      permissions: (input) =>
        input.AlarmNames?.length
          ? input.AlarmNames.map((name: string) => ({
              action: 'cloudwatch:DescribeAlarms',
              resource: alarmArn(name),
            }))
          : [{ action: 'cloudwatch:DescribeAlarms', resource: alarmArn('*') }],
      handle(input) {
        const types: string[] = input.AlarmTypes ?? ['MetricAlarm'];
        const found = alarms
          .all()
          .filter(
            ({ definition, state, composite }) =>
              (input.AlarmNames?.includes(definition.AlarmName) ?? true) &&
              definition.AlarmName.startsWith(input.AlarmNamePrefix ?? '') &&
              state === (input.StateValue ?? state) &&
              types.includes(composite ? 'CompositeAlarm' : 'MetricAlarm'),
          );
        const { page, nextToken } = paginate(found, input.NextToken, input.MaxRecords ?? 50);
        return {
          MetricAlarms: page.filter(({ composite }) => !composite).map(show),
          CompositeAlarms: page.filter(({ composite }) => composite).map(show),
          NextToken: nextToken,
        };
      },
    },
    DescribeAlarmHistory: {
      permissions: (input) => [
        { action: 'cloudwatch:DescribeAlarmHistory', resource: alarmArn(input.AlarmName ?? '*') },
      ],
      handle(input) {
        const found = alarms.history.filter(
          (item) =>
            item.AlarmName === (input.AlarmName ?? item.AlarmName) &&
            item.HistoryItemType === (input.HistoryItemType ?? item.HistoryItemType) &&
            item.Timestamp >= (input.StartDate ?? new Date(0)) &&
            item.Timestamp <= (input.EndDate ?? new Date(machine.clock.now())),
        );
        const ordered = input.ScanBy === 'TimestampAscending' ? found.toReversed() : found;
        const { page, nextToken } = paginate(ordered, input.NextToken, input.MaxRecords ?? 100);
        return { AlarmHistoryItems: page, NextToken: nextToken };
      },
    },
    PutMetricAlarm: {
      permissions: (input) => [{ action: 'cloudwatch:PutMetricAlarm', resource: alarmArn(input.AlarmName) }],
      handle(input) {
        alarms.put(input, false);
        return {};
      },
    },
    DeleteAlarms: {
      permissions: (input) =>
        input.AlarmNames.map((name: string) => ({
          action: 'cloudwatch:DeleteAlarms',
          resource: alarmArn(name),
        })),
      handle(input) {
        for (const name of input.AlarmNames) alarms.delete(name);
        return {};
      },
    },
    SetAlarmState: {
      permissions: (input) => [{ action: 'cloudwatch:SetAlarmState', resource: alarmArn(input.AlarmName) }],
      handle(input) {
        alarms.setState(
          alarms.find(input.AlarmName),
          input.StateValue,
          input.StateReason,
          input.StateReasonData,
        );
        return {};
      },
    },
    PutAlarmMuteRule: {
      permissions: (input) => [{ action: 'cloudwatch:PutAlarmMuteRule', resource: muteRuleArn(input.Name) }],
      handle(input) {
        muteRuleStatus(input, machine.clock.now());
        muteRules.set(input.Name, { ...input, updatedAt: machine.clock.now() });
        return {};
      },
    },
    GetAlarmMuteRule: {
      permissions: (input) => [
        { action: 'cloudwatch:GetAlarmMuteRule', resource: muteRuleArn(input.AlarmMuteRuleName) },
      ],
      handle(input) {
        const rule = muteRules.get(input.AlarmMuteRuleName);
        if (!rule)
          throw new AwsError(
            'ResourceNotFoundException',
            `The mute rule ${input.AlarmMuteRuleName} does not exist.`,
            { status: 404 },
          );
        const { updatedAt, Tags: _tags, ...rest } = rule as typeof rule & { Tags?: unknown };
        return {
          ...rest,
          AlarmMuteRuleArn: muteRuleArn(rule.Name),
          Status: muteRuleStatus(rule, machine.clock.now()),
          LastUpdatedTimestamp: new Date(updatedAt),
        };
      },
    },
    ListAlarmMuteRules: {
      permissions: anywhere('ListAlarmMuteRules'),
      handle(input) {
        const found = [...muteRules.values()].filter(
          (rule) =>
            (input.AlarmName === undefined ||
              (rule.MuteTargets?.AlarmNames.includes(input.AlarmName) ?? true)) &&
            (input.Statuses?.includes(muteRuleStatus(rule, machine.clock.now())) ?? true),
        );
        const { page, nextToken } = paginate(found, input.NextToken, input.MaxRecords ?? 50);
        return {
          AlarmMuteRuleSummaries: page.map((rule) => ({
            AlarmMuteRuleArn: muteRuleArn(rule.Name),
            ExpireDate: rule.ExpireDate,
            Status: muteRuleStatus(rule, machine.clock.now()),
            LastUpdatedTimestamp: new Date(rule.updatedAt),
          })),
          NextToken: nextToken,
        };
      },
    },
    DeleteAlarmMuteRule: {
      permissions: (input) => [
        { action: 'cloudwatch:DeleteAlarmMuteRule', resource: muteRuleArn(input.AlarmMuteRuleName) },
      ],
      handle(input) {
        muteRules.delete(input.AlarmMuteRuleName);
        return {};
      },
    },
  };

  return {
    name: 'cloudwatch',
    apis: [{ signingNames: ['monitoring'], sdk, client: 'CloudWatchClient', operations }],
    providers: [
      {
        type: 'AWS::CloudWatch::Alarm',
        create(resource) {
          const name = resource.properties.AlarmName ?? resource.physicalName();
          const alarm = alarms.put({ ...resource.properties, AlarmName: name }, false);
          return { ref: name, attributes: { Arn: alarm.arn } };
        },
      },
      {
        type: 'AWS::CloudWatch::CompositeAlarm',
        create(resource) {
          const name = resource.properties.AlarmName ?? resource.physicalName();
          const alarm = alarms.put({ ...resource.properties, AlarmName: name }, true);
          return { ref: name, attributes: { Arn: alarm.arn } };
        },
      },
      {
        type: 'AWS::CloudWatch::Dashboard',
        create: (resource) => ({ ref: resource.properties.DashboardName ?? resource.physicalName() }),
      },
    ],
    close: () => alarms.close(),
  };
}
