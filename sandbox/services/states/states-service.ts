import { readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-sfn';
import { AwsError, type Machine, type Operation, type Resource, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import type { DeployedStateMachine, Execution } from './execution.ts';
import { Executions, revisionOf } from './executions.ts';
import { mapRunOperations } from './map-run-operations.ts';
import { TaskTokens } from './task-tokens.ts';

/** Step Functions: standard workflows, and express ones as children of a distributed Map state. */
export function createStatesService(machine: Machine): Service {
  const tokens = new TaskTokens();
  const executions = new Executions(machine, tokens);
  machine.engines.startExecution = async (arn, input, { caller, name }) =>
    executions.start(arn, input, caller, name).arn;

  const on = (action: string, member: string) => (input: Record<string, string>) => [
    { action: `states:${action}`, resource: input[member] ?? '*' },
  ];
  const withToken = (action: string) => (input: { taskToken: string }) => [
    { action: `states:${action}`, resource: tokens.ownerOf(input.taskToken) },
  ];
  const summary = (execution: Execution) => ({
    executionArn: execution.arn,
    stateMachineArn: execution.stateMachine.arn,
    name: execution.name,
    status: execution.status,
    startDate: new Date(execution.startedAt),
    ...(execution.stoppedAt === undefined ? {} : { stopDate: new Date(execution.stoppedAt) }),
    ...(execution.child ? { mapRunArn: execution.child.mapRun.arn } : {}),
  });
  /** The executions of a state machine, or the child executions of a Map Run. */
  const executionsOf = ({ stateMachineArn, mapRunArn }: { stateMachineArn?: string; mapRunArn?: string }) => {
    if ((stateMachineArn === undefined) === (mapRunArn === undefined))
      throw new AwsError(
        'ValidationException',
        'Specify either a stateMachineArn or a mapRunArn, and not both.',
      );
    if (stateMachineArn !== undefined) {
      executions.findStateMachine(stateMachineArn);
      return [...executions.all.values()].filter(({ stateMachine }) => stateMachine.arn === stateMachineArn);
    }
    const { type, children } = executions.mapRuns.find(mapRunArn as string);
    if (type === 'EXPRESS')
      throw new AwsError('StateMachineTypeNotSupported', 'Executions of express workflows are not listed.');
    return [...children.values()];
  };
  const describe = (deployed: DeployedStateMachine) => ({
    stateMachineArn: deployed.arn,
    name: deployed.name,
    status: 'ACTIVE',
    definition: JSON.stringify(deployed.definition),
    roleArn: deployed.roleArn,
    type: 'STANDARD',
    creationDate: new Date(deployed.createdAt),
    revisionId: revisionOf(deployed.definition),
  });

  const operations: Record<string, Operation> = {
    StartExecution: {
      permissions: () => [],
      handle(input, { caller }) {
        const execution = executions.start(input.stateMachineArn, input.input ?? '{}', caller, input.name);
        return { executionArn: execution.arn, startDate: new Date(execution.startedAt) };
      },
    },
    StopExecution: {
      permissions: on('StopExecution', 'executionArn'),
      handle(input) {
        const execution = executions.find(input.executionArn);
        execution.end('ABORTED', input.error, input.cause);
        return { stopDate: new Date(execution.stoppedAt ?? machine.clock.now()) };
      },
    },
    DescribeExecution: {
      permissions: on('DescribeExecution', 'executionArn'),
      handle(input) {
        const execution = executions.find(input.executionArn);
        return {
          ...summary(execution),
          input: execution.input,
          inputDetails: { included: true },
          output: execution.output,
          ...(execution.output === undefined ? {} : { outputDetails: { included: true } }),
          error: execution.error,
          cause: execution.cause,
        };
      },
    },
    ListExecutions: {
      permissions: ({ stateMachineArn, mapRunArn }) => [
        { action: 'states:ListExecutions', resource: stateMachineArn ?? mapRunArn ?? '*' },
      ],
      handle(input) {
        const found = executionsOf(input)
          .filter(({ status }) => status === (input.statusFilter ?? status))
          .toReversed();
        const { page, nextToken } = paginate(found, input.nextToken, input.maxResults || 100, 'InvalidToken');
        return {
          executions: page.map((execution) => ({
            ...summary(execution),
            ...(execution.child ? { itemCount: execution.child.items } : {}),
          })),
          nextToken,
        };
      },
    },
    ...mapRunOperations(executions),
    GetExecutionHistory: {
      permissions: on('GetExecutionHistory', 'executionArn'),
      handle(input) {
        const { events } = executions.find(input.executionArn).history;
        const { page, nextToken } = paginate(
          input.reverseOrder ? events.toReversed() : events,
          input.nextToken,
          input.maxResults || 100,
          'InvalidToken',
        );
        return { events: page, nextToken };
      },
    },
    DescribeStateMachine: {
      permissions: on('DescribeStateMachine', 'stateMachineArn'),
      handle: (input) => describe(executions.findStateMachine(input.stateMachineArn)),
    },
    ListStateMachines: {
      permissions: () => [{ action: 'states:ListStateMachines', resource: '*' }],
      handle(input) {
        const { page, nextToken } = paginate(
          [...executions.stateMachines.values()],
          input.nextToken,
          input.maxResults || 100,
          'InvalidToken',
        );
        return {
          stateMachines: page.map(({ arn, name, createdAt }) => ({
            stateMachineArn: arn,
            name,
            type: 'STANDARD',
            creationDate: new Date(createdAt),
          })),
          nextToken,
        };
      },
    },
    ListTagsForResource: {
      permissions: on('ListTagsForResource', 'resourceArn'),
      handle: (input) => ({
        tags: executions
          .findStateMachine(input.resourceArn)
          .tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
      }),
    },
    SendTaskSuccess: {
      permissions: withToken('SendTaskSuccess'),
      handle(input) {
        tokens.succeed(input.taskToken, input.output);
        return {};
      },
    },
    SendTaskFailure: {
      permissions: withToken('SendTaskFailure'),
      handle(input) {
        tokens.fail(input.taskToken, input.error ?? '', input.cause ?? '');
        return {};
      },
    },
    SendTaskHeartbeat: {
      permissions: withToken('SendTaskHeartbeat'),
      handle(input) {
        tokens.beat(input.taskToken);
        return {};
      },
    },
  };

  function create(resource: Resource) {
    refuseUnknown(resource, [
      'StateMachineName',
      'RoleArn',
      'DefinitionString',
      'Definition',
      'DefinitionS3Location',
      'DefinitionSubstitutions',
      'StateMachineType',
      'LoggingConfiguration',
      'TracingConfiguration',
    ]);
    const { properties } = resource;
    if ((properties.StateMachineType ?? 'STANDARD') !== 'STANDARD')
      throw new AwsError('StateMachineTypeNotSupported', 'the sandbox runs standard workflows only');
    let text: string =
      properties.DefinitionString ??
      (properties.Definition
        ? JSON.stringify(properties.Definition)
        : readFileSync(properties.DefinitionS3Location.LocalPath, 'utf8'));
    for (const [name, value] of Object.entries(properties.DefinitionSubstitutions ?? {}))
      text = text.replaceAll(`\${${name}}`, String(value));
    const deployed = executions.deploy(
      properties.StateMachineName ?? resource.physicalName(80),
      properties.RoleArn,
      JSON.parse(text),
      properties.Tags ?? [],
    );
    return { ref: deployed.arn, attributes: { Arn: deployed.arn, Name: deployed.name } };
  }

  return {
    name: 'states',
    apis: [{ signingNames: ['states'], sdk, client: 'SFNClient', operations }],
    providers: [{ type: 'AWS::StepFunctions::StateMachine', create }],
    close: () => executions.close(),
  };
}
