import { createHash } from 'node:crypto';
import {
  AwsError,
  type CreatedResource,
  type Engines,
  type Machine,
  type Resource,
  type Service,
} from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { requireKeyPolicy } from './key-policy.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly policy: unknown;
  readonly enabled: boolean;
}

/** Keys that AWS makes for its services (`alias/aws/sns`): everyone of the account may use them through the service. */
const AWS_MANAGED = /^(arn:aws:kms:[^:]*:[^:]*:)?alias\/aws\//;

/** Key Management Service: who may use which key. Nothing is encrypted, since nothing leaves the machine; its API is not offered. */
export function createKmsService(machine: Machine): Service {
  const keys = new Map<string, Key>();
  /** `alias/name` → key id. */
  const aliases = new Map<string, string>();

  function find(keyId: string): Key {
    const local = keyId.startsWith('arn:') ? (keyId.split(':')[5] ?? '') : keyId;
    const id = local.startsWith('alias/') ? aliases.get(local) : local.replace(/^key\//, '');
    const key = id === undefined ? undefined : keys.get(id);
    if (key) return key;
    throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
  }

  const requireKey: Engines['requireKey'] = (keyId, uses, { caller, via }) => {
    if (AWS_MANAGED.test(keyId)) {
      // Their policies name people and roles of the account only, and cannot be changed.
      if (caller.kind !== 'service') return;
      throw new AwsError(
        'AccessDeniedException',
        `${caller.principal} cannot use ${keyId}: the policy of an AWS managed key does not allow AWS services. Use a customer managed key whose policy does.`,
      );
    }
    const key = find(keyId);
    if (!key.enabled) throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    const conditions = {
      'kms:ViaService': `${via}.${machine.region}.amazonaws.com`,
      'kms:CallerAccount': machine.account,
    };
    for (const use of uses) {
      const permission = { action: `kms:${use}`, resource: key.arn, conditions };
      if (caller.kind === 'role') requireKeyPolicy(key.policy, permission, caller, machine.account);
      machine.policies.require(caller, permission, key.policy);
    }
  };
  machine.engines.requireKey = requireKey;

  function createKey(resource: Resource): CreatedResource {
    refuseUnknown(resource, [
      'KeyPolicy',
      'Enabled',
      'EnableKeyRotation',
      'RotationPeriodInDays',
      'PendingWindowInDays',
    ]);
    const { properties } = resource;
    const id = keyIdOf(`${resource.stack}/${resource.logicalId}`);
    const arn = machine.arn('kms', `key/${id}`);
    keys.set(id, {
      id,
      arn,
      policy: properties.KeyPolicy ?? accountPolicy(machine.account),
      enabled: properties.Enabled !== false,
    });
    return { ref: id, attributes: { Arn: arn, KeyId: id } };
  }

  function createAlias(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['AliasName', 'TargetKeyId']);
    const { AliasName: name, TargetKeyId: target } = resource.properties;
    if (aliases.has(name))
      throw new AwsError('AlreadyExistsException', `An alias with the name ${name} already exists.`);
    aliases.set(name, find(target).id);
    return { ref: name };
  }

  return {
    name: 'kms',
    apis: [],
    providers: [
      { type: 'AWS::KMS::Key', create: createKey },
      { type: 'AWS::KMS::Alias', create: createAlias },
    ],
    close() {},
  };
}

/** Ids look like UUIDs and stay the same from start to start. */
function keyIdOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}

/** The policy of a key that is made without one: the account's IAM policies decide. */
function accountPolicy(account: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  };
}
