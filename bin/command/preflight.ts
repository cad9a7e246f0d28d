import { checkEnvironment, type Preflight } from '../../functions/preflight/check-environment.ts';
import { secretsNotChecked } from '../../functions/preflight/secrets-not-checked.ts';
import { environmentOf, preflightRules } from '../../lib/config/preflight-rules.ts';
import type { NightshiftConfig } from '../../lib/config/schema.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { CommandError, ExitCode } from './exit-codes.ts';
import { loadConfig } from './load-config.ts';
import { parseEnvFile } from './parse-env-file.ts';
import { readEnvFile } from './read-env-file.ts';

/** A preflight as `--json` prints it. */
export interface PreflightObject extends Preflight {
  readonly service: string;
  readonly environment: string;
  readonly envFile: string;
  /** How many variables the file gives. */
  readonly variables: number;
}

/** Holds an env file to the rules of a declared service, with nothing but the two files. */
export async function preflight(options: {
  readonly envFile?: string;
  readonly service?: string;
  readonly config: string;
}): Promise<PreflightObject> {
  const { envFile } = options;
  if (envFile === undefined)
    throw new CommandError('Say which file to check: nightshift preflight --env-file .env --service api');
  const text = await readEnvFile(envFile);
  const config = await loadConfig(options.config);
  const service = chooseService(config, options.service);
  const rules = rulesOf(config, service);
  const { variables, problems } = parseEnvFile(text);
  const environment = new Map([...variables].map(([name, value]) => [name, { value }]));
  return {
    service,
    environment: environmentOf(config, service),
    envFile,
    variables: variables.size,
    ...checkEnvironment(rules, environment, [...problems, ...secretsNotChecked(rules)]),
  };
}

/** What a pipeline should do: go on, unless something is wrong. What an env file cannot tell stops nothing. */
export const exitCodeOfPreflight = ({ verdict }: Pick<Preflight, 'verdict'>): number =>
  verdict === 'fail' ? ExitCode.refused : ExitCode.done;

function chooseService(config: NightshiftConfig, given: string | undefined): string {
  const declared = Object.keys(config.services);
  const name = given ?? (declared.length === 1 ? declared[0] : undefined);
  if (name === undefined)
    throw new CommandError(
      `Say which service the env file is for: --service ${declared.sort().join(' | ')}.`,
    );
  if (!Object.hasOwn(config.services, name))
    throw new CommandError(unknownName('declared service', name, declared));
  return name;
}

function rulesOf(config: NightshiftConfig, service: string): PreflightRules {
  const rules = preflightRules(config, service);
  if (rules) return rules;
  const others = Object.keys(config.services).filter((name) => config.services[name]?.preflight);
  throw new CommandError(
    `The service ${service} has no rules: declare services.${service}.preflight in the configuration.${others.length === 0 ? '' : ` Services with rules: ${others.sort().join(', ')}.`}`,
  );
}
