import type { z } from 'zod';
import { nearestName, unknownName } from '../../schemas/nearest-name.ts';
import { cacheReferences } from './cache-references.ts';
import { keysAllowedAt } from './keys-allowed-at.ts';
import { preflightContradictions } from './preflight-contradictions.ts';
import { ConfigSchema, type NightshiftConfig, type NightshiftConfigInput, TARGET_KINDS } from './schema.ts';
import { secretReferences } from './secret-references.ts';

/** Everything that is wrong with a configuration, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The Nightshift configuration is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws ConfigError that names every problem at once: its path, what was found, what is allowed, and the nearest name
 * @example
 * export default defineConfig({ services: { api: { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' } } });
 */
export function defineConfig(input: NightshiftConfigInput): NightshiftConfig {
  const result = ConfigSchema.safeParse(input);
  if (!result.success)
    throw new ConfigError(result.error.issues.flatMap((issue) => describeIssue(issue, input)));
  const problems = crossReferences(result.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return result.data;
}

const show = (path: readonly PropertyKey[]) =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('') || 'the configuration';

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

function found(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (typeof value === 'string') return `found ${JSON.stringify(value)}`;
  // A CDK object is no JSON and can be large.
  if (typeof value === 'object' && value !== null)
    return `found ${Array.isArray(value) ? 'a list' : 'an object'}`;
  return `found ${typeof value === 'function' ? 'a function' : String(value)}`;
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): string[] {
  const where = show(issue.path);
  const value = valueAt(input, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAllowedAt(issue.path, input);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, allowed);
      return `${where}: "${key}" is not a setting here.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`} Allowed: ${allowed.join(', ')}.`;
    });
  }
  if (issue.code === 'invalid_value') {
    return [oneOf(where, value, issue.values.map(String))];
  }
  if (issue.code === 'invalid_key')
    return [`${where}: the name is not allowed: ${issue.issues.map(({ message }) => message).join('; ')}.`];
  if (issue.code === 'invalid_union') {
    if (issue.discriminator !== undefined) {
      const allowed = ((issue as { options?: readonly unknown[] }).options ?? []).map(String);
      return [oneOf(where, value, allowed)];
    }
    // The only form that is a text: one of its words was meant.
    const words = issue.errors.filter(
      ([problem]) => problem?.code === 'invalid_value' && typeof problem.values[0] === 'string',
    );
    const [[word] = []] = words;
    if (typeof value === 'string' && words.length === 1 && word?.code === 'invalid_value')
      return [oneOf(where, value, word.values.map(String))];
    // The one form that was clearly meant: every setting has a place in it, and some of them are wrong.
    const [meant, ...others] = issue.errors.filter((problems) =>
      problems.every(({ code, path }) => path.length > 0 && code !== 'unrecognized_keys'),
    );
    if (meant && others.length === 0)
      return meant.flatMap((inner) =>
        describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, input),
      );
    const messages = [
      ...new Set(
        issue.errors
          .flat()
          .map(({ message }) => message)
          .filter((message) => !message.startsWith('Invalid input')),
      ),
    ];
    return [
      `${where}: ${found(value)}; ${issue.message.startsWith('Invalid input') ? messages.join(', or ') || issue.message : issue.message}.`,
    ];
  }
  return [`${where}: ${found(value)}; ${issue.message}.`];
}

function oneOf(where: string, value: unknown, allowed: readonly string[]): string {
  const nearest = typeof value === 'string' ? nearestName(value, allowed) : undefined;
  return `${where}: ${found(value)}; allowed: ${allowed.join(', ')}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`;
}

/** Names that refer to something that is not declared. */
function crossReferences(config: NightshiftConfig): string[] {
  const problems: string[] = [];
  const check = (
    where: string,
    kind: string,
    name: string | undefined,
    declared: Record<string, object>,
    mine?: string,
  ) => {
    if (name === undefined) return;
    if (!Object.hasOwn(declared, name)) {
      problems.push(`${where}: ${unknownName(`declared ${kind}`, name, Object.keys(declared))}`);
      return;
    }
    // Each environment is a stack of its own, which has its own declarations only.
    const theirs = (declared[name] as { environment?: string }).environment;
    if (mine !== undefined && theirs !== undefined && mine !== theirs)
      problems.push(
        `${where}: the ${kind} "${name}" belongs to the environment "${theirs}", not to "${mine}".`,
      );
  };
  const several = Object.keys(config.environments).length > 1;
  const environment = (where: string, name: string | undefined) => {
    check(`${where}.environment`, 'environment', name, config.environments);
    if (several && name === undefined)
      problems.push(
        `${where}.environment: it is missing; with several environments say which one: ${Object.keys(config.environments).join(', ')}.`,
      );
  };
  if (Object.keys(config.environments).length === 0)
    problems.push('environments: it is empty; declare at least one, or leave it out.');
  problems.push(...sharedNames(config));
  const services = Object.values(config.services);
  if (services.length === 0) problems.push('services: it is empty; declare at least one.');
  const elsewhere = (own: string | undefined, name: string) =>
    own !== undefined && own !== name && Object.hasOwn(config.environments, own);
  for (const name of Object.keys(config.environments)) {
    if (services.length > 0 && services.every((service) => elsewhere(service.environment, name)))
      problems.push(`environments.${name}: no service belongs to it; declare one, or leave it out.`);
  }
  for (const [key, service] of Object.entries(config.services)) {
    const where = `services.${key}`;
    environment(where, service.environment);
    check(`${where}.database`, 'database', service.database, config.databases, service.environment);
    service.secrets.forEach((secret, index) => {
      check(`${where}.secrets[${index}]`, 'secret', secret, config.secrets, service.environment);
    });
    service.caches.forEach((cache, index) => {
      check(`${where}.caches[${index}]`, 'cache', cache, config.caches, service.environment);
    });
    if (service.preflight) {
      for (const secret of Object.keys(service.preflight.secrets))
        check(`${where}.preflight.secrets`, 'secret', secret, config.secrets, service.environment);
      problems.push(...preflightContradictions(service.preflight, `${where}.preflight`));
    }
    if (service.baseUrl === undefined && typeof service.loadBalancer !== 'object')
      problems.push(
        `${where}.baseUrl: it is missing; say where the service is probed, such as https://api.example.com, or give the load balancer as the CDK object.`,
      );
    if (
      typeof service.service === 'string' &&
      // ARNs of the old format do not tell the cluster.
      !/^arn:.*\/.+\/.+/.test(service.service) &&
      service.cluster === undefined
    )
      problems.push(`${where}.cluster: it is missing; a service given by name needs its cluster.`);
    if ((service.loadBalancer === undefined) !== (service.targetGroup === undefined))
      problems.push(`${where}: loadBalancer and targetGroup go together; only one was given.`);
  }
  for (const [key, database] of Object.entries(config.databases)) {
    const where = `databases.${key}`;
    environment(where, database.environment);
    check(`${where}.secret`, 'secret', database.secret, config.secrets, database.environment);
    check(`${where}.masterSecret`, 'secret', database.masterSecret, config.secrets, database.environment);
    database.health.logins.forEach((secret, index) => {
      check(`${where}.health.logins[${index}]`, 'secret', secret, config.secrets, database.environment);
    });
    const { migrateDown } = database.restore;
    check(
      `${where}.restore.migrateDown.service`,
      'service',
      migrateDown?.service,
      config.services,
      database.environment,
    );
    const down = migrateDown && config.services[migrateDown.service];
    if (down && down.database !== key)
      problems.push(
        `${where}.restore.migrateDown.service: the service "${migrateDown.service}" does not use this database; say database: '${key}' there, or name one that does.`,
      );
    if (typeof database.instance === 'string' && database.host === undefined)
      problems.push(
        `${where}.host: it is missing; an instance given by its identifier needs its host name (synthesis looks nothing up).`,
      );
  }
  for (const [key, secret] of Object.entries(config.parity.keys)) {
    check(`parity.keys.${key}`, 'environment', key, config.environments);
    check(`parity.keys.${key}`, 'secret', secret, config.secrets, key);
  }
  for (const [key, secret] of Object.entries(config.secrets))
    environment(`secrets.${key}`, secret.environment);
  problems.push(...secretReferences(config, check));
  for (const [key, cache] of Object.entries(config.caches)) environment(`caches.${key}`, cache.environment);
  problems.push(...cacheReferences(config, check));
  for (const [key, schedule] of Object.entries(config.schedules)) {
    check(`schedules.${key}.service`, 'service', schedule.service, config.services);
    check(`schedules.${key}.database`, 'database', schedule.database, config.databases);
    check(`schedules.${key}.secret`, 'secret', schedule.secret, config.secrets);
    const wanted = TARGET_KINDS[schedule.runbook];
    if (wanted === 'secrets') {
      problems.push(
        `schedules.${key}.runbook: ${schedule.runbook} is never scheduled: it is for an emergency, and needs a reason.`,
      );
      continue;
    }
    if (wanted !== 'fleet' && schedule[wanted] === undefined)
      problems.push(`schedules.${key}.${wanted}: it is missing; ${schedule.runbook} is for a ${wanted}.`);
    for (const other of (['service', 'database', 'secret'] as const).filter((kind) => kind !== wanted))
      if (schedule[other] !== undefined)
        problems.push(
          `schedules.${key}.${other}: found "${schedule[other]}"; ${schedule.runbook} is for ${wanted === 'fleet' ? 'all that is declared' : `a ${wanted}`}.`,
        );
  }
  config.freezeWindows.forEach((window, index) => {
    if ('from' in window && Date.parse(window.from) >= Date.parse(window.to))
      problems.push(
        `freezeWindows[${index}].to: found "${window.to}"; must be later than from, which is "${window.from}".`,
      );
  });
  return problems;
}

/** Parameters, state machines and alarms carry the deployment's name: within an account and region it must be one's own. */
function sharedNames(config: NightshiftConfig): string[] {
  const taken = new Map<string, string>();
  return Object.entries(config.environments).flatMap(([key, { account = '', region = '', name }]) => {
    const own = name ?? config.name;
    const place = `${account}/${region}/${own}`;
    const other = taken.get(place);
    if (other === undefined) {
      taken.set(place, key);
      return [];
    }
    return [
      `environments.${key}.name: ${name === undefined ? 'it is missing' : `found "${name}"`}; "${other}" has the same account and region, so this one needs a name of its own, such as "${config.name}-${key}".`,
    ];
  });
}

/** The part of a configuration that belongs to one environment. */
export function forEnvironment(config: NightshiftConfig, environment: string): NightshiftConfig {
  const mine = <T extends { environment?: string | undefined }>(all: Record<string, T>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(all).filter(([, { environment: own }]) => own === undefined || own === environment),
    );
  const services = mine(config.services);
  const databases = mine(config.databases);
  const secrets = mine(config.secrets);
  return {
    ...config,
    name: config.environments[environment]?.name ?? config.name,
    environments: { [environment]: config.environments[environment] ?? {} },
    services,
    databases,
    secrets,
    caches: mine(config.caches),
    schedules: Object.fromEntries(
      Object.entries(config.schedules).filter(
        ([, { runbook, service, database, secret }]) =>
          TARGET_KINDS[runbook] === 'fleet' ||
          Object.hasOwn(services, service ?? '') ||
          Object.hasOwn(databases, database ?? '') ||
          Object.hasOwn(secrets, secret ?? ''),
      ),
    ),
  };
}
