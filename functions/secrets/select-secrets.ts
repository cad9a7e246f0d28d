import { unknownName } from '../../schemas/nearest-name.ts';
import type { RunRequest } from '../../schemas/run.ts';
import type { SecretsTarget } from '../../schemas/secret.ts';
import { InvalidInput } from '../errors.ts';

/** In place of names: every secret that can be rotated. */
export const ALL_SECRETS = 'all';

type Declared = SecretsTarget['secrets'][number];

/**
 * The secrets that a run is asked to rotate, in the order of the configuration.
 *
 * @throws InvalidInput that names everything that is not declared, each with the nearest name that is
 */
export function selectSecrets(
  { secrets }: Pick<SecretsTarget, 'secrets'>,
  request: Pick<RunRequest, 'secrets' | 'tag'>,
): Declared[] {
  const { tag, secrets: named = [] } = request;
  if (tag !== undefined) {
    const tagged = secrets.filter(({ tags }) => tags.includes(tag));
    if (tagged.length > 0) return tagged;
    const tags = [...new Set(secrets.flatMap((secret) => secret.tags))];
    throw new InvalidInput(`${unknownName('tag of a declared secret', tag, tags)} Nothing was changed.`);
  }
  if (named.includes(ALL_SECRETS)) return [...secrets];
  const names = secrets.map(({ name }) => name);
  const unknown = named.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new InvalidInput(
      `${unknown.map((name) => unknownName('declared secret that can be rotated', name, names)).join(' ')} Nothing was changed.`,
    );
  return secrets.filter(({ name }) => named.includes(name));
}
