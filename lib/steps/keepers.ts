import type { RotationKind } from '../../schemas/secret.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { rotatingSecrets } from '../config/secret-targets.ts';
import { type Binding, LONGEST_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

/** A change of a role and the look at its privileges; waiting for sessions to go. */
const DATABASE_SECONDS = 300;
/** ElastiCache takes minutes to change a token, which the function waits for. */
const CACHE_SECONDS = LONGEST_SECONDS;
const PLAIN_SECONDS = 120;

/** What every keeper needs: to find its secret, to note how a rotation goes, and the values of its own kind. */
const keeping = (kind: RotationKind) => (all: Grants) => [
  all.noteRotations,
  all.findSecrets,
  all.readSecretTargets,
  all.readSwitch,
  ...all.keep(kind),
];

const keeper = (
  kind: RotationKind,
  description: string,
  timeoutSeconds: number,
  more: Pick<Binding, 'needsDatabase'> & { readonly grants?: Binding['grants'] } = {},
): Binding => ({
  entry: `secrets/keep-${kind}`,
  description,
  timeoutSeconds,
  environment: ['deployment', 'runTable', ...(kind === 'signing-key' ? (['reportBucket'] as const) : [])],
  ...(more.needsDatabase === undefined ? {} : { needsDatabase: more.needsDatabase }),
  grants: (all) => [...keeping(kind)(all), ...(more.grants?.(all) ?? [])],
});

/** The functions that alone see the values of secrets: one for each kind of rotation, for Secrets Manager and for runbooks. */
export const KEEPERS = {
  keepPostgresqlAlternatingUsers: keeper(
    'postgresql-alternating-users',
    'Keeps logins of PostgreSQL whose two users take turns',
    DATABASE_SECONDS,
    { needsDatabase: true, grants: (all) => [all.generatePasswords] },
  ),
  keepPostgresqlSingleUser: keeper(
    'postgresql-single-user',
    'Keeps logins of PostgreSQL with one user',
    DATABASE_SECONDS,
    { needsDatabase: true, grants: (all) => [all.generatePasswords] },
  ),
  keepSigningKey: keeper('signing-key', 'Keeps the keys of tokens', PLAIN_SECONDS, {
    grants: (all) => [all.readServices, all.listTargets, all.writeKeySets],
  }),
  keepRedisAuth: keeper('redis-auth', 'Keeps AUTH tokens of caches', CACHE_SECONDS, {
    needsDatabase: true,
    grants: (all) => [all.generatePasswords, all.changeCacheTokens],
  }),
  keepExternalKey: keeper('external-key', 'Keeps keys that third parties issue', PLAIN_SECONDS, {
    grants: (all) => [all.readServices, all.listTargets],
  }),
  keepPolicyValue: keeper('policy-value', 'Keeps values that the team decides on', PLAIN_SECONDS, {
    grants: (all) => [all.readServices, all.listTargets],
  }),
} satisfies Record<string, Binding>;
export type KeeperName = keyof typeof KEEPERS;

const KIND_OF: Readonly<Record<KeeperName, RotationKind>> = {
  keepPostgresqlAlternatingUsers: 'postgresql-alternating-users',
  keepPostgresqlSingleUser: 'postgresql-single-user',
  keepSigningKey: 'signing-key',
  keepRedisAuth: 'redis-auth',
  keepExternalKey: 'external-key',
  keepPolicyValue: 'policy-value',
};

/** Keepers of the kinds that are declared. */
export function keepersOf(config: Pick<NightshiftConfig, 'secrets'>): Array<[KeeperName, RotationKind]> {
  const declared = new Set(rotatingSecrets(config).map(([, { rotation }]) => rotation.kind));
  return (Object.entries(KIND_OF) as Array<[KeeperName, RotationKind]>).filter(([, kind]) =>
    declared.has(kind),
  );
}
