import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
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
  type PauseState,
  phasesOf,
  type RunbookDefinition,
  runbookStates,
  type StepState,
} from './definition.ts';

/** A step of a runbook, as its file lists it. */
export interface RunbookStep {
  readonly step: StepName;
  readonly reads?: readonly string[];
  readonly writes?: string;
  /** Waits for an event, for at most so long. */
  readonly waitsSeconds?: number;
}

/** A pause whose length is part of the target. */
export interface RunbookPause {
  readonly pause: string;
  readonly secondsPath: string;
}

export interface RunbookProps {
  readonly name: string;
  /** One paragraph that the operator would read. */
  readonly summary: string;
  readonly targetKind: Target['kind'];
  readonly triggers: readonly string[];
  readonly plan: readonly RunbookStep[];
  readonly act: readonly (RunbookStep | RunbookPause)[];
  readonly verify: readonly (RunbookStep | RunbookPause)[];
  readonly undo?: readonly RunbookStep[];
  readonly config: NightshiftConfig;
  readonly steps: Steps;
}

/** The sweep sends heartbeats every five minutes; three may be missed. */
const HEARTBEAT_SECONDS = 900;
/** A state ends this much later than its function's own time-out, which should come first. */
const STATE_MARGIN_SECONDS = 10;
/** A run that takes longer than this is not a run any more: a day, plus the longest approval. */
const LONGEST_RUN_HOURS = 24;

/** A runbook: a state machine of the five phases, found in the directory by its name. */
export class Runbook extends Construct {
  readonly stateMachine: StateMachine;
  readonly stateMachineName: string;
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
    const used = [...props.plan, ...props.act, ...props.verify, ...(props.undo ?? [])].flatMap((state) =>
      'step' in state ? [state.step] : [],
    );
    const functions = [
      ...new Set<StepName>([
        'openRun',
        'closeRun',
        ...(props.act.length > 0 ? (['requestApproval', 'confirmApproval'] as const) : []),
        ...used,
      ]),
    ].map((name) => steps.get(name).lambda.functionArn);
    role.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['lambda:InvokeFunction'], resources: functions }),
    );
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

  #define(props: RunbookProps): RunbookDefinition {
    const { steps } = props;
    const state = ({ step, reads = [], writes, waitsSeconds }: RunbookStep): StepState => {
      const bound = steps.get(step);
      return {
        kind: 'step',
        name: Steps.stateName(step),
        functionArn: bound.lambda.functionArn,
        reads,
        timeoutSeconds: bound.timeoutSeconds + STATE_MARGIN_SECONDS,
        ...(writes === undefined ? {} : { writes }),
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
    const stateOrPause = (item: RunbookStep | RunbookPause): StepState | PauseState =>
      'pause' in item ? { kind: 'pause', name: item.pause, secondsPath: item.secondsPath } : state(item);
    const approvalSeconds = props.config.approval.timeoutMinutes * 60;
    return {
      runbook: props.name,
      targetKind: props.targetKind,
      comment: props.summary,
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
      plan: props.plan.map(state),
      act: props.act.map(stateOrPause),
      verify: props.verify.map(stateOrPause),
      undo: (props.undo ?? []).map(state),
      timeoutSeconds: LONGEST_RUN_HOURS * 3600 + approvalSeconds,
    };
  }
}
