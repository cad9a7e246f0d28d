import type { ParityPolicy } from '../../schemas/parity.ts';
import type { PreflightEntry } from '../../schemas/preflight/entry.ts';
import { packRules } from '../../schemas/preflight/packed-rules.ts';
import { environmentOf, preflightRules } from './preflight-rules.ts';
import type { NightshiftConfig } from './schema.ts';

/** Longest value of an advanced parameter, in characters. */
const LONGEST_PARAMETER = 8192;
/** Where an ARN is a token, its length is known only later; this is a long one. */
const LONGEST_ARN = 200;

/**
 * What the releases of a declared service are held to, for its parameter. Rules hold no tokens, so that they can be compressed.
 *
 * @throws Error where they are too long all the same
 */
export function preflightEntry(config: NightshiftConfig, service: string): PreflightEntry {
  const rules = preflightRules(config, service);
  const { container, login, secrets = {} } = config.services[service]?.preflight ?? {};
  const entry: PreflightEntry = {
    rules: rules === undefined ? null : packRules(rules),
    ...(container === undefined ? {} : { container }),
    ...(login === undefined ? {} : { login: typeof login === 'string' ? { url: login } : login }),
    secretArns: Object.fromEntries(Object.keys(secrets).map((name) => [name, secretArn(config, name)])),
    parity: parityPolicy(config, service),
  };
  const length =
    JSON.stringify({ ...entry, secretArns: {} }).length + Object.keys(secrets).length * LONGEST_ARN;
  if (length > LONGEST_PARAMETER)
    throw new Error(
      `services.${service}.preflight: the rules have about ${length} characters when compressed, and a parameter takes ${LONGEST_PARAMETER}. Leave out what no release has failed at.`,
    );
  return entry;
}

/** ARNs of the secrets that the preflight of any declared service reads: those that its tasks are given, and those that its rules name. */
export function preflightSecrets(config: NightshiftConfig): string[] {
  return [
    ...new Set(
      Object.values(config.services).flatMap(({ secrets, preflight, database }) => [
        ...secrets,
        ...Object.keys(preflight?.secrets ?? {}),
        // Of what a login may be made, where the task is given it.
        ...(database === undefined ? [] : [config.databases[database]?.secret ?? '']),
      ]),
    ),
  ].filter((name) => Object.hasOwn(config.secrets, name));
}

function parityPolicy(config: NightshiftConfig, service: string): ParityPolicy {
  const own = environmentOf(config, service);
  const { parity } = config;
  const { name = service, differences = [] } = config.services[service]?.parity ?? {};
  const key = parity.keys[own];
  return {
    name,
    with: Object.fromEntries(
      Object.entries(parity.with)
        .filter(([environment]) => environment !== own)
        .map(([environment, { bucket, maxAgeHours }]) => [
          environment,
          { bucket, maxAgeSeconds: Math.round(maxAgeHours * 3600) },
        ]),
    ),
    differences: [...parity.differences, ...differences],
    ...(key === undefined ? {} : { keySecretArn: secretArn(config, key) }),
  };
}

function secretArn(config: NightshiftConfig, name: string): string {
  const given = config.secrets[name]?.secret;
  return typeof given === 'string' ? given : (given?.secretArn ?? '');
}
