import type { ContainerDefinition, Service, TaskDefinition } from '@aws-sdk/client-ecs';
import type { Fact } from '../../schemas/parity.ts';
import type { Sources } from './read-sources.ts';
import { secretFacts } from './secret-facts.ts';
import { secretsOf } from './wanted-secrets.ts';

/** Hashes a value with the key that environments share; undefined without one. */
export type KeyedHash = (name: string, value: string) => string;

type Facts = Record<string, Fact>;

const shown = (value: unknown): Fact => ({ kind: 'shown', value: String(value) });

/** Members that are there, as facts. */
function members(prefix: string, values: Readonly<Record<string, unknown>>): Facts {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[`${prefix}${name}`, shown(value)] as const],
    ),
  );
}

/**
 * What may be known elsewhere of a service and its task definition: sizes, names and settings as they are; what could hold a secret,
 * such as values of variables, commands and log options, as keyed hashes; secrets by their presence and shape.
 */
export function fingerprintFacts(
  service: Service,
  definition: TaskDefinition,
  sources: Sources,
  hash: KeyedHash | undefined,
): Facts {
  const { containerDefinitions = [] } = definition;
  const several = containerDefinitions.length > 1;
  return {
    ...members('', {
      cpu: definition.cpu,
      memory: definition.memory,
      networkMode: definition.networkMode,
      cpuArchitecture: definition.runtimePlatform?.cpuArchitecture,
      operatingSystem: definition.runtimePlatform?.operatingSystemFamily,
      ephemeralStorage: definition.ephemeralStorage?.sizeInGiB,
    }),
    ...members('service.', {
      platformVersion: service.platformVersion,
      schedulingStrategy: service.schedulingStrategy,
      deploymentController: service.deploymentController?.type,
      circuitBreaker: service.deploymentConfiguration?.deploymentCircuitBreaker?.enable,
      circuitBreakerRollback: service.deploymentConfiguration?.deploymentCircuitBreaker?.rollback,
      minimumHealthyPercent: service.deploymentConfiguration?.minimumHealthyPercent,
      maximumPercent: service.deploymentConfiguration?.maximumPercent,
      healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    }),
    ...Object.assign(
      {},
      ...containerDefinitions.map((container) =>
        containerFacts(several ? `${container.name}.` : '', container, sources, hash),
      ),
    ),
  };
}

function containerFacts(
  prefix: string,
  container: ContainerDefinition,
  sources: Sources,
  hash: KeyedHash | undefined,
): Facts {
  const { healthCheck, logConfiguration, portMappings = [] } = container;
  const hidden = (name: string, value: string): Facts => ({
    [`${prefix}${name}`]:
      hash === undefined
        ? { kind: 'unknown', why: 'no key is declared for it' }
        : // With its name: that two variables of one environment are the same is nobody's business.
          { kind: 'keyed', hash: hash(`${prefix}${name}`, value) },
  });
  return {
    ...members(prefix, {
      image: imageFamily(container.image ?? ''),
      essential: container.essential ?? true,
      containerCpu: container.cpu,
      containerMemory: container.memory,
      containerMemoryReservation: container.memoryReservation,
      ports: portMappings
        .map(({ containerPort, protocol = 'tcp' }) => `${containerPort}/${protocol}`)
        .join(' '),
      stopTimeout: container.stopTimeout,
      readonlyRootFilesystem: container.readonlyRootFilesystem,
      user: container.user,
      environmentFiles: container.environmentFiles?.length,
    }),
    ...hiddenList('command', container.command),
    ...hiddenList('entryPoint', container.entryPoint),
    ...members(`${prefix}healthCheck.`, {
      interval: healthCheck?.interval,
      timeout: healthCheck?.timeout,
      retries: healthCheck?.retries,
      startPeriod: healthCheck?.startPeriod,
    }),
    ...hiddenList('healthCheck.command', healthCheck?.command),
    ...members(`${prefix}logging.`, { driver: logConfiguration?.logDriver }),
    ...Object.assign(
      {},
      ...Object.entries(logConfiguration?.options ?? {}).map(([name, value]) =>
        hidden(`logging.${name}`, value),
      ),
      ...(container.environment ?? []).map(({ name, value = '' }) => hidden(`environment.${name}`, value)),
      ...secretsOf(container).map(({ name, valueFrom }) =>
        secretFacts(`${prefix}secret.${name}`, valueFrom, sources),
      ),
    ),
  };

  function hiddenList(name: string, list: readonly string[] | undefined): Facts {
    return list === undefined || list.length === 0 ? {} : hidden(name, JSON.stringify(list));
  }
}

/** `shop/api` of `123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:42`: registry, tag and digest differ between environments. */
export function imageFamily(image: string): string {
  const [first = '', ...rest] = image.replace(/@.*$/, '').split('/');
  // A registry has a dot or a port, or is localhost; a name on Docker Hub has neither.
  const path = rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest : [first, ...rest];
  return path.join('/').replace(/:[^:/]*$/, '');
}
