import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { formatOf, type PreflightConfig } from './preflight-schema.ts';
import type { NightshiftConfig } from './schema.ts';

/** `production`, `prod`, and those that begin so: `production-eu`. */
const PRODUCTION = /^prod(?:uction)?(?:-|$)/;

/** Name of the environment that a declared service belongs to. */
export const environmentOf = (config: NightshiftConfig, service: string): string =>
  config.services[service]?.environment ?? Object.keys(config.environments)[0] ?? '';

/** What the environment of a service's tasks is held to, as plain data; undefined where nothing was declared. */
export function preflightRules(config: NightshiftConfig, service: string): PreflightRules | undefined {
  const rules = config.services[service]?.preflight;
  return rules && plainRules(rules, environmentOf(config, service));
}

function plainRules(rules: PreflightConfig, environment: string): PreflightRules {
  const { localHosts = PRODUCTION.test(environment), ...forbidden } = rules.forbidden;
  return {
    require: rules.require,
    conditional: rules.conditional,
    formats: Object.fromEntries(
      Object.entries(rules.formats).map(([variable, format]) => [variable, formatOf(format)]),
    ),
    forbidden: { ...forbidden, localHosts },
    secrets: rules.secrets,
  };
}
