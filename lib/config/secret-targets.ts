import { rotationWaves } from '../../schemas/rotation-waves.ts';
import type { PasswordRules, Rotation, SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import type { NightshiftConfig, SecretConfig } from './schema.ts';
import { databaseConnection, secretArn } from './targets.ts';

type RotationConfig = NonNullable<SecretConfig['rotation']>;
type Rotating = readonly [name: string, secret: SecretConfig & { readonly rotation: RotationConfig }];

/** The declared secrets that can be rotated. */
export const rotatingSecrets = ({ secrets }: Pick<NightshiftConfig, 'secrets'>): Rotating[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    secret.rotation === undefined ? [] : [[name, { ...secret, rotation: secret.rotation }] as const],
  );

/** In how many waves all declared secrets would be rotated; 0 where there are none. */
export const waveCount = (config: Pick<NightshiftConfig, 'secrets'>): number =>
  rotationWaves(rotatingSecrets(config).map(([name, { after }]) => ({ name, after }))).waves?.length ?? 0;

/** Name of the secret with which a database's roles are administered. */
export function adminSecretOf(config: NightshiftConfig, rotation: RotationConfig): string | undefined {
  if (rotation.kind !== 'postgresql-alternating-users' && rotation.kind !== 'postgresql-single-user')
    return undefined;
  return rotation.adminSecret ?? config.databases[rotation.database]?.masterSecret;
}

/** A declared secret with everything that a rotation needs. */
export function secretTarget(config: NightshiftConfig, name: string): SecretTarget {
  const secret = config.secrets[name] as SecretConfig;
  const { rotation, rotateEveryDays, adoption } = secret;
  return {
    kind: 'secret',
    name,
    secretArn: secretArn(config, name),
    ...(rotation === undefined ? {} : { rotation: rotationOf(config, name, rotation) }),
    consumers: consumersOf(config, name),
    after: secret.after,
    tags: secret.tags,
    ...(rotateEveryDays === undefined ? {} : { rotateEveryDays }),
    overlapSeconds: Math.round(secret.overlapMinutes * 60),
    ...(adoption === undefined ? {} : { adoption }),
    alarms: [],
    observeSeconds: 0,
  };
}

const consumersOf = (config: NightshiftConfig, name: string) =>
  Object.entries(config.services)
    .filter(([, { secrets }]) => secrets.includes(name))
    .map(([service]) => service);

/** All of them, for what rotates several at once. */
export function secretsTarget(config: NightshiftConfig): SecretsTarget {
  return {
    kind: 'secrets',
    name: 'all',
    secrets: rotatingSecrets(config).map(([name, { tags, after }]) => ({
      name,
      tags,
      after,
      consumers: consumersOf(config, name),
    })),
    alarms: [],
    observeSeconds: 0,
  };
}

function rotationOf(config: NightshiftConfig, name: string, rotation: RotationConfig): Rotation {
  switch (rotation.kind) {
    case 'postgresql-alternating-users': {
      const { kind, user, otherUser = `${user}_clone`, ownerRole = `${user}_owner` } = rotation;
      return { kind, ...inDatabase(config, name, rotation), users: [user, otherUser], ownerRole };
    }
    case 'postgresql-single-user':
      return { kind: rotation.kind, ...inDatabase(config, name, rotation), user: rotation.user };
    case 'signing-key': {
      const { longestTokenMinutes, publishedAheadMinutes, ...key } = rotation;
      return {
        ...key,
        longestTokenSeconds: Math.round(longestTokenMinutes * 60),
        publishedAheadSeconds: Math.round(publishedAheadMinutes * 60),
      };
    }
    case 'redis-auth': {
      const cache = config.caches[rotation.cache] as NightshiftConfig['caches'][string];
      return {
        kind: rotation.kind,
        cache: {
          name: rotation.cache,
          replicationGroup: cache.replicationGroup,
          host: cache.host,
          // A port that is known only after deployment is a text until then.
          port: cache.port as number,
        },
        password: rotation.password,
      };
    }
    default:
      return rotation;
  }
}

function inDatabase(
  config: NightshiftConfig,
  name: string,
  rotation: RotationConfig & { readonly database: string; readonly password: PasswordRules },
) {
  const admin = adminSecretOf(config, rotation);
  return {
    // It is the rotated secret with which its consumers log in.
    database: { ...databaseConnection(config, rotation.database), secretArn: secretArn(config, name) },
    ...(admin === undefined || admin === name ? {} : { adminSecretArn: secretArn(config, admin) }),
    password: rotation.password,
  };
}
