import type { NightshiftConfig } from './schema.ts';
import type { CheckName } from './secret-references.ts';

/** Names of the declared secrets that rotate a cache's AUTH token. */
export const tokenSecretsOf = ({ secrets }: Pick<NightshiftConfig, 'secrets'>, cache: string): string[] =>
  Object.entries(secrets)
    .filter(([, { rotation }]) => rotation?.kind === 'redis-auth' && rotation.cache === cache)
    .map(([name]) => name);

/** What is wrong with how caches refer to the secrets of their tokens. */
export function cacheReferences(config: NightshiftConfig, check: CheckName): string[] {
  return Object.entries(config.caches).flatMap(([key, { secret, environment }]) => {
    const where = `caches.${key}.secret`;
    check(where, 'secret', secret, config.secrets, environment);
    const rotating = tokenSecretsOf(config, key);
    if (secret === undefined && rotating.length > 1)
      return [
        `${where}: it is missing; several secrets rotate its token, so say which one holds it: ${rotating.join(', ')}.`,
      ];
    const rotation = secret === undefined ? undefined : config.secrets[secret]?.rotation;
    if (rotation?.kind !== 'redis-auth' || rotation.cache === key) return [];
    return [
      `${where}: the secret "${secret}" holds the token of the cache "${rotation.cache}", which its rotation changes.`,
    ];
  });
}
