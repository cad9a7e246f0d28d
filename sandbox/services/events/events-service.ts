import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError, type BusEvent, type Machine, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { deliver } from './deliver.ts';
import { checkPattern, matchesPattern } from './match-pattern.ts';
import { targetInput } from './transform-input.ts';

// biome-ignore lint/suspicious/noExplicitAny: targets have the members of the API, checked below.
type Any = any;

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly pattern: Any;
  enabled: boolean;
  readonly targets: Any[];
}

/** EventBridge's defaults for a target without a retry policy. */
const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_SECONDS = 86_400;
const KNOWN_TARGET_MEMBERS = [
  'Arn',
  'Id',
  'RoleArn',
  'Input',
  'InputPath',
  'InputTransformer',
  'RetryPolicy',
  'DeadLetterConfig',
];

/** EventBridge: the default bus, its rules and their targets. */
export function createEventsService(machine: Machine): Service {
  const rules = new Map<string, Rule>();
  const find = (name: string): Rule => {
    const rule = rules.get(name);
    if (!rule)
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    return rule;
  };

  function put(event: BusEvent): string {
    const at = event.at ?? machine.clock.now();
    const id = randomUUID();
    const full = {
      version: '0',
      id,
      'detail-type': event.detailType,
      source: event.source,
      account: machine.account,
      time: `${new Date(at).toISOString().slice(0, 19)}Z`,
      region: machine.region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
    for (const rule of rules.values()) {
      if (!rule.enabled || !matchesPattern(rule.pattern, full)) continue;
      for (const target of rule.targets) schedule(rule, target, full);
    }
    return id;
  }

  function schedule(rule: Rule, target: Any, event: Any): void {
    const effect = machine.faults.next(`events:${event['detail-type']}`);
    if (effect === 'lose') return;
    const late = effect?.startsWith('late:') ? Number(effect.slice('late:'.length)) * 1000 : 0;
    const send = () => {
      const input = targetInput(target, event, { ruleArn: rule.arn, ruleName: rule.name });
      void deliver(
        machine,
        {
          arn: target.Arn,
          ...(target.RoleArn ? { roleArn: target.RoleArn } : {}),
          principal: 'events.amazonaws.com',
          sourceArn: rule.arn,
          ...(target.DeadLetterConfig?.Arn ? { deadLetterArn: target.DeadLetterConfig.Arn } : {}),
          maximumRetries: target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
          maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS,
        },
        input,
      ).catch((error: Error) => machine.log(`events: ${rule.name}: ${error.message}`));
    };
    machine.clock.after(late, send);
    if (effect === 'repeat') machine.clock.after(late, send);
  }

  machine.engines.putEvent = (event) => {
    put(event);
  };
  const ruleArn = (name: string) => machine.arn('events', `rule/${name}`);
  const on = (action: string) => (input: { Name?: string; Rule?: string }) => [
    { action: `events:${action}`, resource: ruleArn(input.Name ?? input.Rule ?? '*') },
  ];
  const show = (rule: Rule) => ({
    Name: rule.name,
    Arn: rule.arn,
    Description: rule.description,
    EventPattern: JSON.stringify(rule.pattern),
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
    EventBusName: 'default',
  });
  const setEnabled = (enabled: boolean) => (input: { Name: string }) => {
    find(input.Name).enabled = enabled;
    return {};
  };

  return {
    name: 'events',
    apis: [
      {
        signingNames: ['events'],
        sdk,
        client: 'EventBridgeClient',
        operations: {
          PutEvents: {
            permissions: () => [
              { action: 'events:PutEvents', resource: machine.arn('events', 'event-bus/default') },
            ],
            handle(input) {
              const entries = input.Entries.map((entry: Any) => {
                if (!entry.Source || !entry.DetailType || !entry.Detail)
                  return {
                    ErrorCode: 'InvalidArgument',
                    ErrorMessage: 'Parameter Source, DetailType and Detail are required.',
                  };
                if (entry.Source.startsWith('aws.'))
                  return {
                    ErrorCode: 'NotAuthorizedForSourceException',
                    ErrorMessage: 'Not authorized for the source.',
                  };
                return {
                  EventId: put({
                    source: entry.Source,
                    detailType: entry.DetailType,
                    detail: JSON.parse(entry.Detail),
                    resources: entry.Resources ?? [],
                  }),
                };
              });
              return {
                Entries: entries,
                FailedEntryCount: entries.filter((entry: Any) => entry.ErrorCode).length,
              };
            },
          },
          ListRules: {
            permissions: () => [{ action: 'events:ListRules', resource: '*' }],
            handle(input) {
              const { page, nextToken } = paginate(
                [...rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? '')),
                input.NextToken,
                input.Limit ?? 100,
              );
              return { Rules: page.map(show), NextToken: nextToken };
            },
          },
          DescribeRule: { permissions: on('DescribeRule'), handle: (input) => show(find(input.Name)) },
          ListTargetsByRule: {
            permissions: on('ListTargetsByRule'),
            handle: (input) => ({ Targets: find(input.Rule).targets }),
          },
          EnableRule: { permissions: on('EnableRule'), handle: setEnabled(true) },
          DisableRule: { permissions: on('DisableRule'), handle: setEnabled(false) },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::Events::Rule',
        create(resource) {
          refuseUnknown(resource, ['Name', 'EventPattern', 'State', 'Targets', 'EventBusName']);
          const { properties } = resource;
          const name = properties.Name ?? resource.physicalName(64);
          for (const target of properties.Targets ?? []) {
            const unknown = Object.keys(target).filter((member) => !KNOWN_TARGET_MEMBERS.includes(member));
            if (unknown.length > 0)
              throw new Error(`the sandbox does not act on the target members ${unknown.join(', ')}`);
          }
          // Reading the pattern once here makes an operator that is not known a failure of the deployment.
          checkPattern(properties.EventPattern);
          rules.set(name, {
            name,
            arn: ruleArn(name),
            description: properties.Description ?? '',
            pattern: properties.EventPattern,
            enabled: properties.State !== 'DISABLED',
            targets: properties.Targets ?? [],
          });
          return { ref: name, attributes: { Arn: ruleArn(name) } };
        },
      },
    ],
    close() {
      rules.clear();
    },
  };
}
