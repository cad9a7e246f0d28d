import { rotationWaves } from '../../schemas/rotation-waves.ts';
import type { NightshiftConfig, SecretConfig } from './schema.ts';

/** Notes a name that is not declared. */
export type CheckName = (
  where: string,
  kind: string,
  name: string | undefined,
  declared: Record<string, object>,
  mine?: string,
) => void;

/** What is wrong with how secrets refer to other declarations, and to each other. */
export function secretReferences(config: NightshiftConfig, check: CheckName): string[] {
  const problems: string[] = [];
  for (const [key, secret] of Object.entries(config.secrets)) {
    const where = `secrets.${key}`;
    secret.after.forEach((other, index) => {
      check(`${where}.after[${index}]`, 'secret', other, config.secrets, secret.environment);
      if (config.secrets[other] !== undefined && config.secrets[other].rotation === undefined)
        problems.push(`${where}.after[${index}]: the secret "${other}" has no rotation to come after.`);
    });
    if (secret.rotation === undefined && secret.rotateEveryDays !== undefined)
      problems.push(`${where}.rotation: it is missing; rotateEveryDays needs to know how.`);
    problems.push(...rotationReferences(config, where, key, secret, check));
  }
  const { cycle } = rotationWaves(
    Object.entries(config.secrets).map(([name, { after }]) => ({ name, after })),
  );
  if (cycle !== undefined)
    problems.push(
      `secrets.${cycle[0]}.after: ${cycle.join(' comes after ')} comes after ${cycle[0]}: none of them can be first.`,
    );
  return problems;
}

function rotationReferences(
  config: NightshiftConfig,
  where: string,
  key: string,
  { rotation, environment, adoption }: SecretConfig,
  check: CheckName,
): string[] {
  switch (rotation?.kind) {
    case 'postgresql-alternating-users':
    case 'postgresql-single-user': {
      check(`${where}.rotation.database`, 'database', rotation.database, config.databases, environment);
      check(`${where}.rotation.adminSecret`, 'secret', rotation.adminSecret, config.secrets, environment);
      const admin = rotation.adminSecret ?? config.databases[rotation.database]?.masterSecret;
      if (rotation.kind === 'postgresql-alternating-users' && (admin === undefined || admin === key))
        return [
          `${where}.rotation.adminSecret: it is missing; users that take turns cannot change each other's password: declare the secret of whoever administers the roles, here or as masterSecret of the database "${rotation.database}".`,
        ];
      return [];
    }
    case 'redis-auth':
      check(`${where}.rotation.cache`, 'cache', rotation.cache, config.caches, environment);
      return [];
    case 'signing-key':
      return adoption === undefined
        ? [
            `${where}.adoption: it is missing; say which path of its consumers needs a token, so that a new key can be tried.`,
          ]
        : [];
    default:
      return [];
  }
}
