import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { RunbookEntry } from '../../schemas/deployment.ts';
import { Parameter } from '../../schemas/names.ts';
import type { Target } from '../../schemas/target.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import { type StepName, Steps } from '../steps/steps.ts';
import {
  type ChainState,
  type Condition,
  type EachState,
  type GroupState,
  groupName,
  type LocksConsumers,
  type PauseState,
  phasesOf,
  type Reading,
  type RunbookDefinition,
  type StepState,
} from './definition.ts';
import { runbookStates } from './state-machine.ts';

/** A step of a runbook, as its file lists it. */
export interface RunbookStep {
  readonly step: StepName;
  /** Name of its state, where a runbook uses the step more than once; otherwise that of the step's file. */
  readonly as?: string;
  /** What it gets of the state: a key under its own name, or a path under another. */
  readonly reads?: ReadonlyArray<string | Reading>;
  /** What it gets as it stands here. */
  readonly gives?: Readonly<Record<string, unknown>>;
  readonly writes?: string;
  /** Waits for an event, for at most so long. */
  readonly waitsSeconds?: number;
  /** It is tried again for half an hour while it says that something is busy (Transient). */
  readonly patient?: boolean;
}

/** A pause whose length is part of the target. */
export interface RunbookPause {
  readonly pause: string;
  readonly secondsPath: string;
}

/** A step for each thing of a list that lies in the report bucket, many side by side. */
export interface RunbookEach {
  readonly each: string;
  /** Where the state says where the list lies: `{ bucket, key, prefix }`. */
  readonly list: string;
  readonly atMost: number;
  /** By the kind of the thing. Where a step's own time is over, it is not known what became of the thing. */
  readonly steps: Readonly<Partial<Record<Target['kind'], StepName>>>;
  readonly writes: string;
}

/** Steps that are run together where a condition holds, and otherwise left out. */
export interface RunbookGroup {
  readonly when: Condition;
  readonly steps: ReadonlyArray<RunbookStep | RunbookPause>;
}

export interface RunbookProps {
  readonly name: string;
  /** One paragraph that the operator would read. */
  readonly summary: string;
  readonly targetKind: Target['kind'];
  readonly triggers: readonly string[];
  readonly plan: ReadonlyArray<RunbookStep | RunbookGroup>;
  readonly act: ReadonlyArray<RunbookStep | RunbookPause | RunbookGroup>;
  /** What writes under a key that begins with `verified` is evidence, and must be good. */
  readonly verify: ReadonlyArray<RunbookStep | RunbookPause | RunbookGroup | RunbookEach>;
  /** Run where acting or verifying failed. What it leaves under `undone` tells that something was undone. */
  readonly undo?: ReadonlyArray<RunbookStep | RunbookGroup>;
  /** Run last, however acting, verifying and undoing ended; each, even where the one before it failed. */
  readonly afterwards?: ReadonlyArray<RunbookStep | RunbookGroup>;
  /** Whether the services that use the target are locked, too. Default: never. */
  readonly locksConsumers?: LocksConsumers;
  /** It is done every so often, and is no remedy that could fail to hold; false when not given. */
  readonly routine?: boolean;
  /** Nobody starts it without saying why; false when not given. */
  readonly requiresReason?: boolean;
  readonly config: NightshiftConfig;
  readonly steps: Steps;
}

/** The sweep sends heartbeats every two minutes; seven may be missed. */
const HEARTBEAT_SECONDS = 900;
/** A state ends this much later than its function's own time-out, which should come first. */
const STATE_MARGIN_SECONDS = 10;
/** A run that takes longer than this is not a run any more: a day, plus the longest approval. */
const LONGEST_RUN_HOURS = 24;

/** A runbook: a state machine of the five phases, found in the directory by its name. */
export class Runbook extends Construct {
  readonly stateMachine: StateMachine;
  readonly stateMachineName: string;
  /** What it is made of. */
  readonly steps: ReadonlySet<StepName>;
  readonly definition: RunbookDefinition;

  constructor(scope: Construct, id: string, props: RunbookProps) {
    super(scope, id);
    const { config, steps } = props;
    this.stateMachineName = `${config.name}-${props.name}`;
    this.definition = this.#define(props);
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `Runs ${props.name}`,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: this.stateMachineName,
      comment: props.summary,
      role,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(runbookStates(this.definition))),
      timeout: Duration.hours(LONGEST_RUN_HOURS),
      tracingEnabled: true,
      // Inputs and outputs are in the execution's own history; the log is for what went wrong.
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    });
    const { plan, act, verify, undo = [], afterwards = [] } = props;
    const used = [...plan, ...act, ...verify, ...undo, ...afterwards]
      .flatMap(
        (item): ReadonlyArray<RunbookStep | RunbookPause | RunbookEach> =>
          'when' in item ? item.steps : [item],
      )
      .flatMap((item) =>
        'step' in item ? [item.step] : 'each' in item ? Object.values<StepName>(item.steps) : [],
      );
    this.steps = new Set<StepName>([
      'openRun',
      'closeRun',
      ...(act.length > 0 ? (['requestApproval', 'confirmApproval'] as const) : []),
      ...used,
    ]);
    const functions = [...this.steps].map((name) => steps.get(name).lambda.functionArn);
    role.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['lambda:InvokeFunction'], resources: functions }),
    );
    if (verify.some((item) => 'each' in item)) this.#allowEach(role, steps);
    acknowledgeWildcards(
      role,
      new Map([['*', 'X-Ray and the delivery of Step Functions logs have no resource-level permissions.']]),
    );
    const entry: RunbookEntry = {
      name: props.name,
      stateMachineArn: this.stateMachine.stateMachineArn,
      summary: props.summary,
      targetKind: props.targetKind,
      triggers: [...props.triggers],
      page: `${config.runbookPages}${props.name}.md`,
      states: phasesOf(this.definition),
    };
    new StringParameter(this, 'Directory', {
      parameterName: Parameter.runbook(config.name, props.name),
      stringValue: Stack.of(this).toJsonString(entry),
      description: `Nightshift runbook ${props.name}`,
    });
  }

  /**
   * A distributed Map starts executions of its own state machine, reads its list and writes its results.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
   */
  #allowEach(role: Role, { lists }: Steps): void {
    const stack = Stack.of(this);
    const arn = (resource: string, resourceName: string) =>
      stack.formatArn({
        service: 'states',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const executions = arn('execution', `${this.stateMachineName}:*`);
    const mapRuns = arn('execution', `${this.stateMachineName}/*:*`);
    // By name: the state machine itself needs its role first.
    const statements: ReadonlyArray<readonly [actions: string[], resources: string[]]> = [
      [['states:StartExecution'], [arn('stateMachine', this.stateMachineName)]],
      [
        ['states:DescribeExecution', 'states:StopExecution'],
        [executions, mapRuns],
      ],
      [['s3:GetObject', 's3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'], [lists]],
    ];
    for (const [actions, resources] of statements)
      role.addToPrincipalPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }));
    const own = 'Executions of this state machine alone: their names are made when they start.';
    acknowledgeWildcards(
      role,
      new Map([
        [executions, own],
        [mapRuns, own],
        [lists, 'Lists and results of daily checks, each under the name of its run.'],
      ]),
    );
  }

  #define(props: RunbookProps): RunbookDefinition {
    const { steps } = props;
    const state = ({
      step,
      as,
      reads = [],
      gives,
      writes,
      waitsSeconds,
      patient,
    }: RunbookStep): StepState => {
      const bound = steps.get(step);
      return {
        kind: 'step',
        name: as ?? Steps.stateName(step),
        functionArn: bound.lambda.functionArn,
        reads: reads.map((read) => (typeof read === 'string' ? { as: read, path: `$.${read}` } : read)),
        ...(gives === undefined ? {} : { gives }),
        timeoutSeconds: bound.timeoutSeconds + STATE_MARGIN_SECONDS,
        ...(writes === undefined ? {} : { writes }),
        ...(patient === undefined ? {} : { patient }),
        ...(waitsSeconds === undefined
          ? {}
          : {
              token: {
                timeoutSeconds: waitsSeconds,
                // Step Functions takes only a heartbeat that comes before the time-out.
                ...(waitsSeconds > HEARTBEAT_SECONDS ? { heartbeatSeconds: HEARTBEAT_SECONDS } : {}),
              },
            }),
      };
    };
    const eachState = ({ each, list, atMost, steps: chosen, writes }: RunbookEach): EachState => ({
      kind: 'each',
      name: each,
      listPath: list,
      atMost,
      steps: Object.entries(chosen).map(([of, step]) => {
        const { name, functionArn, timeoutSeconds } = state({ step });
        return { of, name, functionArn, timeoutSeconds };
      }),
      writes,
    });
    const stateOrPause = (item: RunbookStep | RunbookPause): StepState | PauseState =>
      'pause' in item ? { kind: 'pause', name: item.pause, secondsPath: item.secondsPath } : state(item);
    const group = ({ when, steps }: RunbookGroup): GroupState => {
      const states = steps.map(stateOrPause);
      return { kind: 'group', name: groupName(when, states[0]?.name ?? 'nothing'), when, states };
    };
    const chained = (
      items: ReadonlyArray<RunbookStep | RunbookPause | RunbookGroup | RunbookEach> = [],
    ): ChainState[] =>
      items.map((item) =>
        'when' in item ? group(item) : 'each' in item ? eachState(item) : stateOrPause(item),
      );
    const approvalSeconds = props.config.approval.timeoutMinutes * 60;
    return {
      runbook: props.name,
      targetKind: props.targetKind,
      comment: props.summary,
      locksConsumers: props.locksConsumers ?? 'never',
      routine: props.routine ?? false,
      requiresReason: props.requiresReason ?? false,
      open: state({ step: 'openRun' }),
      close: state({ step: 'closeRun' }),
      ...(props.act.length === 0
        ? {}
        : {
            approval: {
              request: {
                ...state({ step: 'requestApproval', reads: ['plan'], writes: 'approval' }),
                // Nothing can die while a person thinks, so this wait has no heartbeat.
                token: { timeoutSeconds: approvalSeconds },
              },
              confirm: state({ step: 'confirmApproval', reads: ['plan', 'approval'] }),
            },
          }),
      plan: chained(props.plan),
      act: chained(props.act),
      verify: chained(props.verify),
      undo: chained(props.undo),
      afterwards: chained(props.afterwards),
      timeoutSeconds: LONGEST_RUN_HOURS * 3600 + approvalSeconds,
    };
  }
}
