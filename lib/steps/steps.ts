import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Environment, ROLLBACK_ROLE_VARIABLE } from '../../schemas/names.ts';
import { bundleFunctions } from '../bundling/bundle-functions.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { rotatingSecrets } from '../config/secret-targets.ts';
import type { Runbook } from '../runbook/runbook.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import type { Stores } from '../stores/stores.ts';
import type { Binding } from './binding.ts';
import { CONSUMER_STEPS } from './consumer-steps.ts';
import { DATABASE_STEPS } from './database-steps.ts';
import { type Grants, grantsFor } from './grants.ts';
import { CACHE_HEALTH_STEPS, DATABASE_HEALTH_STEPS, HEALTH_STEPS } from './health-steps.ts';
import { KEEPERS, keepersOf } from './keepers.ts';
import { OWNERSHIP_STEPS } from './ownership-steps.ts';
import { PREFLIGHT_STEPS } from './preflight-steps.ts';
import { READINESS_STEPS, WATCH_STEPS } from './readiness-steps.ts';
import { RECOVERY_STEPS } from './recovery-steps.ts';
import { RESTORE_STEPS } from './restore-steps.ts';
import { RUN_STEPS } from './run-steps.ts';
import { SECRET_STEPS } from './secret-steps.ts';
import { SERVICE_STEPS } from './service-steps.ts';
import { type Grant, StepFunction } from './step-function.ts';

/** Every step, by its name. */
const BINDINGS = {
  ...RUN_STEPS,
  ...SERVICE_STEPS,
  ...DATABASE_STEPS,
  ...RESTORE_STEPS,
  ...RECOVERY_STEPS,
  ...PREFLIGHT_STEPS,
  ...READINESS_STEPS,
  ...WATCH_STEPS,
  ...HEALTH_STEPS,
  ...DATABASE_HEALTH_STEPS,
  ...CACHE_HEALTH_STEPS,
  ...CONSUMER_STEPS,
  ...SECRET_STEPS,
  ...OWNERSHIP_STEPS,
  ...KEEPERS,
} satisfies Record<string, Binding>;

export type StepName = keyof typeof BINDINGS;

/** Steps that ask whether a rollback would have its permissions. */
const LOOKING_AT_ROLES = ['checkReadiness', 'watchReadiness'] as const;

/** Keepers ask no keepers. */
const NOBODY: Grant = { actions: ['lambda:InvokeFunction'], resources: [] };

/** The steps that a configuration has a use for: what nobody declared gets no functions. */
function bindingsFor(config: NightshiftConfig): Array<[StepName, Binding]> {
  const rotating = rotatingSecrets(config).map(([, { rotation }]) => rotation.kind);
  const bindings: Record<string, Binding> = {
    ...RUN_STEPS,
    ...SERVICE_STEPS,
    ...PREFLIGHT_STEPS,
    ...READINESS_STEPS,
    ...HEALTH_STEPS,
    ...(Object.keys(config.caches).length > 0 ? CACHE_HEALTH_STEPS : {}),
    ...(Object.values(config.services).some(({ readiness }) => readiness.watched) ? WATCH_STEPS : {}),
    ...(Object.keys(config.databases).length > 0
      ? {
          ...CONSUMER_STEPS,
          ...DATABASE_STEPS,
          ...RESTORE_STEPS,
          ...RECOVERY_STEPS,
          ...DATABASE_HEALTH_STEPS,
        }
      : {}),
    ...(rotating.length > 0 ? { ...CONSUMER_STEPS, ...SECRET_STEPS } : {}),
    ...(rotating.includes('postgresql-alternating-users') ? OWNERSHIP_STEPS : {}),
    ...Object.fromEntries(keepersOf(config).map(([name]) => [name, KEEPERS[name]])),
  };
  return Object.entries(bindings) as Array<[StepName, Binding]>;
}

/** The functions of all steps; one each, shared by all runbooks. */
export class Steps extends Construct {
  readonly #functions = new Map<StepName, StepFunction>();
  /** Where lists and results of what is done for each of many things lie: an S3 ARN. */
  readonly lists: string;

  constructor(scope: Construct, id: string, config: NightshiftConfig, stores: Stores) {
    super(scope, id);
    this.lists = `${stores.reports.bucketArn}/health/*`;
    const values: Record<keyof typeof Environment, string> = {
      keepers: '',
      deployment: config.name,
      ...stores.entry,
      runbookPages: config.runbookPages,
    };
    const network = Object.values(config.environments)[0]?.network;
    const bindings = bindingsFor(config);
    // One for all: a hundred of them would take a fifth of the 500 resources that a stack may have.
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const bundles = bundleFunctions(bindings.map(([, { entry }]) => entry));
    const makeFunction = (name: StepName, binding: Binding, allGrants: Grants) => {
      const { entry, description, timeoutSeconds, memoryMegabytes, needsDatabase } = binding;
      const made = new StepFunction(this, `${name[0]?.toUpperCase()}${name.slice(1)}`, {
        bundle: bundles.get(entry) as string,
        description,
        logs,
        timeoutSeconds,
        network,
        environment: Object.fromEntries(binding.environment.map((variable) => [variable, values[variable]])),
        grants: binding.grants(allGrants),
        ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
        ...(needsDatabase === undefined ? {} : { needsDatabase }),
      });
      this.#functions.set(name, made);
    };
    const withoutKeepers = { ...grantsFor(this, config, stores), askKeepers: NOBODY };
    const keepers = keepersOf(config);
    for (const [name] of keepers) makeFunction(name, KEEPERS[name], withoutKeepers);
    const arns = keepers.map(([name, kind]) => [kind, this.get(name).lambda.functionArn] as const);
    values.keepers = Stack.of(this).toJsonString(Object.fromEntries(arns));
    const grants = {
      ...withoutKeepers,
      askKeepers: { actions: ['lambda:InvokeFunction'], resources: arns.map(([, arn]) => arn) },
    };
    for (const [name, binding] of bindings)
      if (!this.#functions.has(name)) makeFunction(name, binding, grants);
    const { role } = this.get('rollServiceBack').lambda;
    for (const name of LOOKING_AT_ROLES.filter((one) => this.#functions.has(one)))
      this.get(name).lambda.addEnvironment(ROLLBACK_ROLE_VARIABLE, role?.roleArn ?? '');
  }

  /** @throws Error for a step that this configuration has no use for */
  get(name: StepName): StepFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`There is no function for the step ${name} here.`);
    return found;
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
   * Lets the functions that answer task tokens do so for the state machines that they wait in, those that look after all waits for all
   * machines that wait, and the reaper look at executions of all; known only once the machines have names.
   */
  allowAnswering(runbooks: ReadonlyArray<Pick<Runbook, 'stateMachineName' | 'steps'>>): void {
    const stack = Stack.of(this);
    const format = (resource: string, resourceName: string) =>
      stack.formatArn({
        service: 'states',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const answering = new Set(
      Object.entries<Binding>(BINDINGS).flatMap(([name, { answersTokens }]) =>
        answersTokens ? [name as StepName] : [],
      ),
    );
    const machinesOf = (...wanted: readonly StepName[]) =>
      runbooks
        .filter(({ steps }) => wanted.some((name) => steps.has(name)))
        .map(({ stateMachineName }) => format('stateMachine', stateMachineName));
    const executions = runbooks.map(({ stateMachineName }) => format('execution', `${stateMachineName}:*`));
    const allow = (name: StepName, actions: string[], resources: string[]) =>
      this.get(name).allow(new PolicyStatement({ actions, resources }));
    const everywhere = machinesOf(...answering);
    for (const name of answering) {
      // Nobody is asked for what no declared target needs.
      if (!this.#functions.has(name)) continue;
      const own = machinesOf(name);
      allow(name, ['states:SendTaskSuccess', 'states:SendTaskFailure'], own.length > 0 ? own : everywhere);
    }
    allow('sweepWaitingRuns', ['states:SendTaskHeartbeat'], everywhere);
    const reason = 'Executions of these runbooks alone: their names are made when they start.';
    for (const name of ['reapRun', ...LOOKING_AT_ROLES.filter((one) => this.#functions.has(one))] as const) {
      allow(name, ['states:DescribeExecution'], executions);
      acknowledgeWildcards(this.get(name), new Map(executions.map((execution) => [execution, reason])));
    }
  }
}
