import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Environment } from '../../schemas/names.ts';
import { bundleFunctions } from '../bundling/bundle-functions.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import type { Stores } from '../stores/stores.ts';
import { type Grants, grantsFor } from './grants.ts';
import { type Grant, StepFunction } from './step-function.ts';

type Variables = ReadonlyArray<keyof typeof Environment>;

interface Binding {
  readonly entry: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly environment: Variables;
  readonly grants: (grants: Grants) => readonly Grant[];
  readonly memoryMegabytes?: number;
  readonly needsDatabase?: boolean;
}

/** Time-outs: a step makes a few calls, each bounded by its client; probes wait for up to ten answers of a service. */
const SHORT_SECONDS = 20;
const LONG_SECONDS = 60;
/** What Lambda allows at most. */
const LONGEST_SECONDS = 900;

const closing = (grants: Grants) => [
  grants.audit,
  grants.readRun,
  grants.updateRun,
  grants.keepLock,
  grants.writeReports,
  grants.publishNotices,
];

/** Every step: its file, its time and exactly what it may do. */
const BINDINGS = {
  openRun: {
    entry: 'run/open-run',
    description: 'Opens a run: input, lock and guards',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'lockTable', 'runTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.updateRun,
      all.runsOfTarget,
      all.takeLock,
      all.readUndeclaredTargets,
      all.listTargets,
      all.readPolicy,
      all.readSwitch,
      all.readCalendars,
      all.describeAlarms,
      all.readMuteRules,
      all.describeServices,
    ],
  },
  closeRun: {
    entry: 'run/close-run',
    description: 'Closes a run: outcome, lock, report and notice',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['lockTable', 'runTable', 'reportBucket', 'noticeTopic', 'pageTopic', 'runbookPages'],
    grants: closing,
  },
  requestApproval: {
    entry: 'run/request-approval',
    description: 'Asks a person to approve a plan',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'runTable', 'pageTopic'],
    grants: (all) => [all.audit, all.updateRun, all.readPolicy, all.publishPages],
  },
  confirmApproval: {
    entry: 'run/confirm-approval',
    description: 'Compares an approval with the plan as it is now',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readRun, all.updateRun],
  },
  inspectService: {
    entry: 'ecs/inspect-service',
    description: 'Looks at what an ECS service runs',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [
      all.audit,
      all.describeServices,
      all.listDeployments,
      all.describeDeployments,
      all.describeRevisions,
    ],
  },
  findLastGoodRevision: {
    entry: 'ecs/find-last-good-revision',
    description: 'Finds the last known good revision of a service',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'historyTable'],
    grants: (all) => [
      all.audit,
      all.readHistory,
      all.listDeployments,
      all.describeRevisions,
      all.describeTaskDefinitions,
      all.readImages,
    ],
  },
  readMigrationHead: {
    entry: 'postgres/read-migration-head',
    description: 'Reads at which migration a database stands',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readDatabaseSecrets, all.decryptDatabaseSecrets],
    needsDatabase: true,
  },
  planValidation: {
    entry: 'postgres/plan-validation',
    description: 'Writes down what would be checked of a database',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun],
  },
  validateDatabase: {
    entry: 'postgres/validate-database',
    description: 'Checks a database',
    // Indexes of large tables take their time.
    timeoutSeconds: LONGEST_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readDatabaseSecrets, all.decryptDatabaseSecrets],
    needsDatabase: true,
  },
  planRollback: {
    entry: 'ecs/plan-rollback',
    description: 'Writes down what a rollback would do',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.updateRun],
  },
  rollServiceBack: {
    entry: 'ecs/roll-service-back',
    description: 'Brings a service back to its last known good revision',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.updateRun,
      all.keepLock,
      all.readSwitch,
      all.describeServices,
      all.updateServices,
      all.stopDeployments,
    ],
  },
  awaitSteadyService: {
    entry: 'ecs/await-steady-service',
    description: 'Parks a run until a service is steady',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.parkedWaits, all.describeServices],
  },
  probeHealth: {
    entry: 'http/probe-health',
    description: 'Probes liveness and readiness of a service',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit],
  },
  measureErrorRatio: {
    entry: 'cloudwatch/measure-error-ratio',
    description: 'Measures the error ratio after a change',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readMetrics],
  },
  resumeWaitingRun: {
    entry: 'wait/resume-waiting-run',
    description: 'Lets a waiting run go on when its resource has an event',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.waitsOfResource, all.describeServices],
  },
  sweepWaitingRuns: {
    entry: 'wait/sweep-waiting-runs',
    description: 'Finds what an event missed for waiting runs',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable', 'waitTable', 'lockTable'],
    grants: (all) => [all.audit, all.allWaits, all.keepLock, all.describeServices],
  },
  reapRun: {
    entry: 'run/reap-run',
    description: 'Closes runs that could not close themselves',
    timeoutSeconds: LONG_SECONDS,
    environment: ['lockTable', 'runTable', 'reportBucket', 'noticeTopic', 'pageTopic', 'runbookPages'],
    grants: closing,
  },
  recordGoodRevision: {
    entry: 'ecs/record-good-revision',
    description: 'Records a revision that ran healthy for its bake time',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'historyTable'],
    grants: (all) => [
      all.writeHistory,
      all.readServices,
      all.describeServices,
      all.listDeployments,
      all.describeRevisions,
      all.readAlarms,
      all.readMetrics,
    ],
  },
} satisfies Record<string, Binding>;

export type StepName = keyof typeof BINDINGS;

/** The functions of all steps; one each, shared by all runbooks. */
export class Steps extends Construct {
  readonly #functions = new Map<StepName, StepFunction>();

  constructor(scope: Construct, id: string, config: NightshiftConfig, stores: Stores) {
    super(scope, id);
    const values: Record<keyof typeof Environment, string> = {
      deployment: config.name,
      ...stores.entry,
      runbookPages: config.runbookPages,
    };
    const grants = grantsFor(this, config, stores);
    const network = Object.values(config.environments)[0]?.network;
    const bundles = bundleFunctions(Steps.entries());
    for (const [name, binding] of Object.entries(BINDINGS) as Array<[StepName, Binding]>) {
      const { entry, description, timeoutSeconds, memoryMegabytes, needsDatabase } = binding;
      const step = new StepFunction(this, `${name[0]?.toUpperCase()}${name.slice(1)}`, {
        bundle: bundles.get(entry) as string,
        description,
        timeoutSeconds,
        network,
        environment: Object.fromEntries(binding.environment.map((variable) => [variable, values[variable]])),
        grants: binding.grants(grants),
        ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
        ...(needsDatabase === undefined ? {} : { needsDatabase }),
      });
      this.#functions.set(name, step);
    }
  }

  get(name: StepName): StepFunction {
    return this.#functions.get(name) as StepFunction;
  }

  /** Files of all steps under `functions/`, without their ending. */
  static entries(): string[] {
    return Object.values(BINDINGS).map(({ entry }) => entry);
  }

  /** File name of a step, which is the name of its state. */
  static stateName(name: StepName): string {
    return BINDINGS[name].entry.split('/').at(-1) as string;
  }

  /**
   * Lets the functions that answer task tokens do so for the state machines that wait, and the reaper look at executions of
   * all; known only once the machines have names.
   */
  allowAnswering(stateMachineNames: readonly string[], all: readonly string[]): void {
    const stack = Stack.of(this);
    const machines = stateMachineNames.map((resourceName) =>
      stack.formatArn({
        service: 'states',
        resource: 'stateMachine',
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    const executions = all.map((resourceName) =>
      stack.formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${resourceName}:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    const allow = (name: StepName, actions: string[], resources: string[]) =>
      this.get(name).lambda.addToRolePolicy(new PolicyStatement({ actions, resources }));
    for (const name of ['awaitSteadyService', 'resumeWaitingRun', 'sweepWaitingRuns'] as const)
      allow(name, ['states:SendTaskSuccess', 'states:SendTaskFailure'], machines);
    allow('sweepWaitingRuns', ['states:SendTaskHeartbeat'], machines);
    allow('reapRun', ['states:DescribeExecution'], executions);
    const reason = 'Executions of these runbooks alone: their names are made when they start.';
    acknowledgeWildcards(this.get('reapRun'), new Map(executions.map((execution) => [execution, reason])));
  }
}
