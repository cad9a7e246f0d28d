import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CacheConnection } from '../../schemas/cache-connection.ts';
import type { PolicyEntry } from '../../schemas/deployment.ts';
import type {
  DatabaseConnection,
  DatabaseTarget,
  RestorePolicy,
  ServiceTarget,
} from '../../schemas/target.ts';
import { gatePolicy } from './gate-target.ts';
import { databaseHealth, serviceHealth } from './health-targets.ts';
import { readinessPolicy } from './readiness-schema.ts';
import type { DatabaseConfig, NightshiftConfig, ServiceConfig } from './schema.ts';

const DEFAULT_POSTGRESQL_PORT = 5432;

/** Names of the alarms that Nightshift makes for a service. */
export const alarmNames = (deployment: string, service: string) => ({
  errorRatio: `${deployment}-${service}-error-ratio`,
  unhealthyTargets: `${deployment}-${service}-unhealthy-targets`,
});

/** Whether Nightshift can see the service's load balancer, and so make its alarms. */
export const hasLoadBalancer = ({ loadBalancer, targetGroup }: ServiceConfig) =>
  loadBalancer !== undefined && targetGroup !== undefined;

/** The alarms that guard a service. */
export function alarmsOf(deployment: string, name: string, service: ServiceConfig): string[] {
  const own = alarmNames(deployment, name);
  return [...(hasLoadBalancer(service) ? [own.errorRatio, own.unhealthyTargets] : []), ...service.alarms];
}

/** Cluster and service names, from names, ARNs or CDK objects. */
export function serviceNames(
  scope: Construct,
  { cluster, service }: ServiceConfig,
): { cluster: string; service: string } {
  if (typeof service === 'object')
    return { cluster: clusterName(cluster) ?? service.cluster.clusterName, service: service.serviceName };
  if (service.startsWith('arn:')) {
    // Also where partition, region or account are tokens: those hold no slash.
    const [, clusterPart = '', servicePart = ''] = service.split('/');
    if (clusterPart !== '' && servicePart !== '') return { cluster: clusterPart, service: servicePart };
    return {
      cluster: clusterName(cluster) ?? '',
      service: Arn.split(service, ArnFormat.SLASH_RESOURCE_NAME).resourceName ?? service,
    };
  }
  return { cluster: clusterName(cluster) ?? Stack.of(scope).stackName, service };
}

function clusterName(cluster: ServiceConfig['cluster']): string | undefined {
  if (cluster === undefined) return undefined;
  if (typeof cluster === 'object') return cluster.clusterName;
  return cluster.startsWith('arn:') ? cluster.split('/').at(-1) : cluster;
}

/** CloudWatch's dimension values of a service's load balancer. */
export function metricDimensions({ loadBalancer, targetGroup }: ServiceConfig): {
  loadBalancer?: string;
  targetGroup?: string;
} {
  if (loadBalancer === undefined || targetGroup === undefined) return {};
  return {
    loadBalancer: typeof loadBalancer === 'string' ? loadBalancer : loadBalancer.loadBalancerFullName,
    targetGroup: typeof targetGroup === 'string' ? targetGroup : targetGroup.targetGroupFullName,
  };
}

/** A declared service with everything resolved that a runbook needs. */
export function serviceTarget(scope: Construct, config: NightshiftConfig, name: string): ServiceTarget {
  const service = config.services[name] as ServiceConfig;
  const { thresholds } = service;
  const baseUrl =
    service.baseUrl?.replace(/\/$/, '') ??
    `http://${(service.loadBalancer as { loadBalancerDnsName: string }).loadBalancerDnsName}`;
  return {
    kind: 'service',
    name,
    environment: service.environment ?? Object.keys(config.environments)[0] ?? '',
    ...serviceNames(scope, service),
    baseUrl,
    livenessPath: service.livenessPath,
    readinessPath: service.readinessPath,
    latencyLimitMilliseconds: thresholds.latencyMilliseconds,
    errorRatioLimitPercent: thresholds.errorRatioPercent,
    minimumRequests: thresholds.minimumRequests,
    bakeSeconds: Math.round(service.bakeMinutes * 60),
    observeSeconds: Math.round(service.observeMinutes * 60),
    steadyTimeoutSeconds: Math.round(service.steadyTimeoutMinutes * 60),
    ...metricDimensions(service),
    alarms: alarmsOf(config.name, name, service),
    caches: service.caches.map((cache) => cacheConnection(config, cache)),
    health: serviceHealth(service.health, baseUrl),
    readiness: readinessPolicy(service.readiness),
    ...(service.gate === undefined ? {} : { gate: gatePolicy(service.gate, thresholds) }),
    ...(service.database === undefined ? {} : { database: databaseConnection(config, service.database) }),
  };
}

/** A declared cache as a service uses it: where it answers. */
function cacheConnection(config: NightshiftConfig, name: string): CacheConnection {
  const { host, port } = config.caches[name] as NightshiftConfig['caches'][string];
  // A port that is known only after deployment is a text until then.
  return { name, host, port: port as number };
}

/** A declared database as a service uses it: what is needed to connect. */
export function databaseConnection(config: NightshiftConfig, name: string): DatabaseConnection {
  const { instance, host, port, database, secret, migrations } = config.databases[name] as DatabaseConfig;
  return {
    kind: 'database',
    name,
    instance: typeof instance === 'string' ? instance : instance.instanceIdentifier,
    host: host ?? (typeof instance === 'string' ? '' : instance.dbInstanceEndpointAddress),
    // A port that is known only after deployment is a text until then.
    port: (port ??
      (typeof instance === 'string' ? DEFAULT_POSTGRESQL_PORT : instance.dbInstanceEndpointPort)) as number,
    database,
    secretArn: secretArn(config, secret),
    migrations,
  };
}

/** ARN of a declared secret. */
export function secretArn(config: NightshiftConfig, name: string): string {
  const given = config.secrets[name]?.secret;
  return typeof given === 'string' ? given : (given?.secretArn ?? '');
}

/** A declared database with everything that a runbook for it needs. */
export function databaseTarget(config: NightshiftConfig, name: string): DatabaseTarget {
  const { alarms, expect, masterSecret, snapshots, restore, manifest, health } = config.databases[
    name
  ] as DatabaseConfig;
  const { freshness, majorVersion, migrationHeads, ...expectations } = expect;
  return {
    ...databaseConnection(config, name),
    alarms,
    observeSeconds: 0,
    consumers: Object.entries(config.services)
      .filter(([, { database }]) => database === name)
      .map(([service]) => service),
    ...(masterSecret === undefined ? {} : { masterSecretArn: secretArn(config, masterSecret) }),
    snapshots,
    restore: restorePolicy(restore),
    manifest,
    health: databaseHealth(health, (secret) => secretArn(config, secret)),
    expectations: {
      ...expectations,
      ...(majorVersion === undefined ? {} : { majorVersion }),
      ...(migrationHeads === undefined ? {} : { migrationHeads }),
      freshness: freshness.map(({ table, column, limitMinutes }) => ({
        table,
        column,
        limitSeconds: Math.round(limitMinutes * 60),
      })),
    },
  };
}

function restorePolicy(restore: DatabaseConfig['restore']): RestorePolicy {
  const {
    recoveryTimeObjectiveMinutes: recoveryTime,
    recoveryPointObjectiveMinutes: recoveryPoint,
    drillInstanceClass,
    migrateDown,
  } = restore;
  const seconds = (minutes: number) => Math.round(minutes * 60);
  return {
    timeoutSeconds: seconds(restore.timeoutMinutes),
    acceptableLossSeconds: seconds(restore.acceptableLossMinutes),
    drillDays: restore.drillDays,
    ...(recoveryTime === undefined ? {} : { recoveryTimeObjectiveSeconds: seconds(recoveryTime) }),
    ...(recoveryPoint === undefined ? {} : { recoveryPointObjectiveSeconds: seconds(recoveryPoint) }),
    ...(drillInstanceClass === undefined ? {} : { drillInstanceClass }),
    ...(migrateDown === undefined
      ? {}
      : {
          migrateDown: {
            service: migrateDown.service,
            container: migrateDown.container,
            command: migrateDown.command,
          },
        }),
  };
}

/** The rules that every run is held to. */
export function policyEntry(config: NightshiftConfig): PolicyEntry {
  const { timeoutMinutes, ...approval } = config.approval;
  return {
    freezeWindows: config.freezeWindows,
    changeCalendars: config.changeCalendars,
    didNotHold: config.didNotHold,
    approval,
    approvalTimeoutMinutes: timeoutMinutes,
  };
}
