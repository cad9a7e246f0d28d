import { ArnFormat, Stack, Tags } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { OWNER_TAG, Parameter } from '../schemas/names.ts';
import type { Target } from '../schemas/target.ts';
import { cacheTarget } from './config/cache-target.ts';
import { fleetTarget } from './config/fleet-target.ts';
import { preflightEntry } from './config/preflight-entry.ts';
import type { NightshiftConfig } from './config/schema.ts';
import { rotatingSecrets, secretsTarget, secretTarget } from './config/secret-targets.ts';
import { alarmsOf, databaseTarget, policyEntry, serviceNames, serviceTarget } from './config/targets.ts';
import { checkParity } from './runbooks/check-parity.ts';
import { dailyHealthCheck } from './runbooks/daily-health-check.ts';
import { preflight } from './runbooks/preflight.ts';
import { recoverMigration } from './runbooks/recover-migration.ts';
import { releaseGate } from './runbooks/release-gate.ts';
import { restoreDatabase } from './runbooks/restore-database.ts';
import { restoreDrill } from './runbooks/restore-drill.ts';
import { rollBackService } from './runbooks/roll-back-service.ts';
import { rollbackReadiness } from './runbooks/rollback-readiness.ts';
import { rotateCompromised } from './runbooks/rotate-compromised.ts';
import { rotateSecret } from './runbooks/rotate-secret.ts';
import { snapshotDatabase } from './runbooks/snapshot-database.ts';
import { takeOverOwnership } from './runbooks/take-over-ownership.ts';
import { validateDatabase } from './runbooks/validate-database.ts';
import { Steps } from './steps/steps.ts';
import { Stores } from './stores/stores.ts';
import { DatabaseUpkeep } from './triggers/database-upkeep.ts';
import { ReadinessWatch } from './triggers/readiness-watch.ts';
import { RevisionRecorder } from './triggers/revision-recorder.ts';
import { RunbookTriggers } from './triggers/runbook-triggers.ts';
import { Schedules } from './triggers/schedules.ts';
import { SecretUpkeep } from './triggers/secret-upkeep.ts';
import { SelfAlarms } from './triggers/self-alarms.ts';
import { ServiceAlarms } from './triggers/service-alarms.ts';
import { Upkeep } from './triggers/upkeep.ts';

const DATABASE_RUNBOOKS = [
  validateDatabase,
  snapshotDatabase,
  restoreDatabase,
  restoreDrill,
  recoverMigration,
] as const;

/**
 * All of Nightshift, for one environment: its stores, functions, runbooks and what starts them. It goes into a stack of its
 * own, or into a team's, beside the services it looks after.
 *
 * @example
 * new Nightshift(this, 'Nightshift', defineConfig({ services: { api: { service, loadBalancer, targetGroup } } }));
 */
export class Nightshift extends Construct {
  readonly stores: Stores;

  constructor(scope: Construct, id: string, config: NightshiftConfig) {
    super(scope, id);
    Tags.of(this).add(OWNER_TAG, config.name);
    this.stores = new Stores(this, 'Stores', config);
    const { stores } = this;
    const steps = new Steps(this, 'Steps', config, stores);
    const rollBack = rollBackService(this, config, steps);
    // What nobody declared needs no runbooks.
    const ofDatabases =
      Object.keys(config.databases).length === 0
        ? []
        : DATABASE_RUNBOOKS.map((runbook) => runbook(this, config, steps));
    const kinds = new Set(rotatingSecrets(config).map(([, { rotation }]) => rotation.kind));
    const ofSecrets = [
      ...(kinds.size > 0 ? [rotateSecret, rotateCompromised] : []),
      ...(kinds.has('postgresql-alternating-users') ? [takeOverOwnership] : []),
    ].map((runbook) => runbook(this, config, steps));
    const looking = [dailyHealthCheck, preflight, checkParity, rollbackReadiness, releaseGate].map(
      (runbook) => runbook(this, config, steps),
    );
    const runbooks = [rollBack, ...looking, ...ofDatabases, ...ofSecrets];
    steps.allowAnswering(runbooks);
    const services = Object.entries(config.services).map(([name, service]) => ({
      name,
      service,
      arn: this.#serviceArn(serviceNames(this, service)),
      target: serviceTarget(this, config, name),
    }));
    for (const { name, service, arn } of services) {
      new ServiceAlarms(this, `Alarms-${name}`, config, name);
      new RunbookTriggers(this, `Triggers-${name}`, {
        service: name,
        serviceArn: arn,
        alarms: alarmsOf(config.name, name, service),
        stateMachine: rollBack.stateMachine,
        undelivered: stores.undelivered,
      });
    }
    const recorder = new RevisionRecorder(this, 'RevisionRecorder', {
      deployment: config.name,
      runbookPages: config.runbookPages,
      recorder: steps.get('recordGoodRevision'),
      undelivered: stores.undelivered,
      services: services.map(({ name, arn, target }) => ({ name, arn, bakeSeconds: target.bakeSeconds })),
    });
    new Upkeep(this, 'Upkeep', {
      steps,
      stores,
      serviceArns: services.map(({ arn }) => arn),
      clusterArns: ofDatabases.length === 0 ? [] : this.#clusterArns(config),
      stateMachineArns: runbooks.map(({ stateMachine }) => stateMachine.stateMachineArn),
    });
    new Schedules(this, 'Schedules', {
      config,
      stateMachines: Object.fromEntries(
        runbooks.map(({ definition, stateMachine }) => [definition.runbook, stateMachine]),
      ),
      undelivered: stores.undelivered,
    });
    const alarms = [ReadinessWatch, DatabaseUpkeep, SecretUpkeep].flatMap(
      (LookedAfter) => new LookedAfter(this, LookedAfter.name, config, steps, stores).alarms,
    );
    new SelfAlarms(this, 'SelfAlarms', config, steps, stores, [recorder.alarm, ...alarms]);
    this.#directory(config, [
      ...services.map(({ target }) => target),
      ...Object.keys(config.databases).map((name) => databaseTarget(config, name)),
      ...Object.keys(config.caches).map((name) => cacheTarget(config, name)),
      fleetTarget(config),
      ...rotatingSecrets(config).map(([name]) => secretTarget(config, name)),
      ...(kinds.size > 0 ? [secretsTarget(config)] : []),
    ]);
  }

  /** What functions and the command look up: targets, rules, the switch, the places of the stores. */
  #directory(config: NightshiftConfig, targets: readonly Target[]): void {
    const stack = Stack.of(this);
    const parameter = (id: string, parameterName: string, value: unknown, description: string) =>
      new StringParameter(this, id, {
        parameterName,
        stringValue: typeof value === 'string' ? value : stack.toJsonString(value),
        description,
        // What must be true of a database can be longer than the four kilobytes of the standard tier.
        tier: ParameterTier.INTELLIGENT_TIERING,
      });
    for (const target of targets)
      parameter(
        `Target-${target.kind}-${target.name}`,
        Parameter.target(config.name, target.kind, target.name),
        target,
        `Nightshift looks after ${target.name}`,
      );
    for (const name of Object.keys(config.services))
      parameter(
        `Preflight-${name}`,
        Parameter.preflight(config.name, name),
        preflightEntry(config, name),
        `What releases of ${name} are held to`,
      );
    parameter(
      'Policy',
      Parameter.policy(config.name),
      policyEntry(config),
      'Rules that every Nightshift run is held to',
    );
    parameter(
      'StoresEntry',
      Parameter.stores(config.name),
      this.stores.entry,
      'Where Nightshift keeps its things',
    );
    parameter(
      'Switch',
      Parameter.killSwitch(config.name),
      'on',
      'Set to off: Nightshift runs end at their plan',
    );
  }

  #clusterArns(config: NightshiftConfig): string[] {
    const names = Object.values(config.services).map((service) => serviceNames(this, service).cluster);
    return [...new Set(names)].map((resourceName) =>
      Stack.of(this).formatArn({ service: 'ecs', resource: 'cluster', resourceName }),
    );
  }

  #serviceArn({ cluster, service }: { cluster: string; service: string }): string {
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'service',
      resourceName: `${cluster}/${service}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
