import type { CacheHealth } from '../../schemas/health/cache-health.ts';
import type { CacheTarget } from '../../schemas/target.ts';
import { type CacheHealthConfig, MEBIBYTE } from './cache-health-schema.ts';
import { tokenSecretsOf } from './cache-references.ts';
import type { CacheConfig, NightshiftConfig } from './schema.ts';
import { secretArn } from './targets.ts';

/** Name of the declared secret with a cache's AUTH token: the one that is named, or else the only one that rotates it. */
export function cacheSecretOf(
  config: Pick<NightshiftConfig, 'caches' | 'secrets'>,
  name: string,
): string | undefined {
  const named = config.caches[name]?.secret;
  if (named !== undefined) return named;
  const [rotating, ...others] = tokenSecretsOf(config, name);
  return others.length > 0 ? undefined : rotating;
}

/** A declared cache with everything that a runbook for it needs. */
export function cacheTarget(config: NightshiftConfig, name: string): CacheTarget {
  const { replicationGroup, host, port, health } = config.caches[name] as CacheConfig;
  const secret = cacheSecretOf(config, name);
  return {
    kind: 'cache',
    name,
    replicationGroup,
    host,
    // A port that is known only after deployment is a text until then.
    port: port as number,
    ...(secret === undefined ? {} : { secretArn: secretArn(config, secret) }),
    health: cacheHealth(health),
    alarms: [],
    observeSeconds: 0,
  };
}

function cacheHealth(health: CacheHealthConfig): CacheHealth {
  const { usualMebibytes, warnMebibytes, warmingMinutes, connectedClients, ...limits } = health;
  return {
    ...limits,
    usualBytes: Math.round(usualMebibytes * MEBIBYTE),
    warnBytes: Math.round(warnMebibytes * MEBIBYTE),
    warmingSeconds: Math.round(warmingMinutes * 60),
    ...(connectedClients === undefined ? {} : { connectedClients }),
  };
}
