import { randomBytes } from 'node:crypto';
import { AwsError, type Machine } from '../../contract.ts';
import { noViews } from './label-views.ts';
import { checkName, checkTags } from './limits.ts';
import type { Rotations } from './rotations.ts';
import type { Secret, SecretValue } from './secret.ts';
import { putVersion } from './versions.ts';

export interface NewSecret {
  readonly name: string;
  /** A secret may be made without a value; it has no versions then. */
  readonly value?: SecretValue | undefined;
  /** Id of its first version. */
  readonly token: string;
  readonly description?: string | undefined;
  readonly owningService?: string | undefined;
  readonly keyId?: string | undefined;
  readonly tags?: Record<string, string>;
}

/** The secrets of the account, and what works on them. */
export interface Account {
  readonly machine: Machine;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly rotations: Rotations;
  /** @throws AwsError `ResourceNotFoundException` */
  find(id: string): Secret;
  /** As {@link find}; @throws AwsError `InvalidRequestException` too, for one that waits for its deletion */
  findUsable(id: string): Secret;
  findIfThere(id: string): Secret | undefined;
  /** The ARN that permissions are checked on, whether the secret is there or not. */
  arnFor(id: string): string;
  create(secret: NewSecret): Secret;
  remove(secret: Secret): void;
}

/** @param startRotations makes what rotates this account's secrets */
export function createAccount(machine: Machine, startRotations: (account: Account) => Rotations): Account {
  const secrets = new Map<string, Secret>();
  const findIfThere = (id: string) =>
    // A partial ARN (without the six random characters) works too, as on AWS.
    secrets.get(id) ?? [...secrets.values()].find(({ arn }) => id === arn || arn.slice(0, -7) === id);

  function find(id: string): Secret {
    const secret = findIfThere(id);
    if (secret) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  function create(added: NewSecret): Secret {
    const { name, owningService } = added;
    checkName(name);
    checkTags(added.tags ?? {});
    requireFree(secrets.get(name));
    const now = machine.clock.now();
    const arn = machine.arn('secretsmanager', `secret:${name}-${randomBytes(3).toString('hex')}`);
    const secret: Secret = {
      arn,
      name,
      description: added.description || undefined,
      owningService,
      createdAt: now,
      changedAt: now,
      valueChangedAt: now,
      keyId: added.keyId,
      tags: { ...added.tags },
      policy: undefined,
      deletion: undefined,
      versions: new Map(),
      rotation: undefined,
      views: noViews(),
    };
    if (added.value !== undefined) {
      const version = {
        id: added.token,
        value: added.value,
        labels: ['AWSCURRENT'],
        now,
        keyId: added.keyId,
      };
      putVersion(secret.versions, arn, version);
    }
    secrets.set(name, secret);
    return secret;
  }

  const account: Account = {
    machine,
    secrets,
    get rotations() {
      return rotations;
    },
    find,
    findUsable(id) {
      const secret = find(id);
      if (secret.deletion === undefined) return secret;
      throw new AwsError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    },
    findIfThere,
    arnFor: (id) =>
      findIfThere(id)?.arn ?? (id.startsWith('arn:') ? id : machine.arn('secretsmanager', `secret:${id}`)),
    create,
    remove(secret) {
      secret.deletion?.cancel();
      rotations.forget(secret);
      if (secrets.get(secret.name) === secret) secrets.delete(secret.name);
    },
  };
  const rotations = startRotations(account);
  return account;
}

function requireFree(existing: Secret | undefined): void {
  if (existing === undefined) return;
  if (existing.deletion !== undefined)
    throw new AwsError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${existing.name} already exists.`,
  );
}
