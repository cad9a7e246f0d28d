import { randomUUID } from 'node:crypto';
import type { CreatedResource, Resource, ResourceProvider } from '../../contract.ts';
import { readPolicy } from '../../iam/policy-document.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { configure, enableRotation, requireInvocable } from './configure-rotation.ts';
import { ownKey, requireEncryption } from './encryption.ts';
import { readValue } from './limits.ts';
import { randomPassword } from './random-password.ts';
import type { RotationRules } from './rotation-rules.ts';
import { storeVersion } from './store-version.ts';
import { holderOf } from './versions.ts';

/** Deployments may do everything. */
const DEPLOYER = { kind: 'administrator' } as const;

/** The resources of `AWS::SecretsManager`. What is not listed as known is refused by its name. */
export function secretProviders(account: Account): ResourceProvider[] {
  return [
    { type: 'AWS::SecretsManager::Secret', create: (resource) => createSecret(account, resource) },
    {
      type: 'AWS::SecretsManager::SecretTargetAttachment',
      create: (resource) => attachTarget(account, resource),
    },
    { type: 'AWS::SecretsManager::ResourcePolicy', create: (resource) => setPolicy(account, resource) },
    {
      type: 'AWS::SecretsManager::RotationSchedule',
      create: (resource) => scheduleRotation(account, resource),
    },
  ];
}

function createSecret(account: Account, resource: Resource): CreatedResource {
  refuseUnknown(resource, ['Name', 'SecretString', 'GenerateSecretString', 'KmsKeyId']);
  const { properties } = resource;
  const { GenerateSecretString: generate, SecretString } = properties;
  if (generate !== undefined && SecretString !== undefined)
    throw new Error('a secret has either GenerateSecretString or SecretString');
  const keyId = ownKey(properties.KmsKeyId);
  requireEncryption(account.machine, keyId, DEPLOYER);
  const { arn } = account.create({
    name: properties.Name ?? resource.physicalName(64),
    value: readValue({ SecretString: generate ? generated(generate) : SecretString }),
    token: randomUUID(),
    description: properties.Description,
    keyId,
    tags: tagMap(properties.Tags),
  });
  return { ref: arn, attributes: { Id: arn } };
}

function generated({
  GenerateStringKey: key,
  SecretStringTemplate: template,
  ...rules
}: Parameters<typeof randomPassword>[0] & {
  GenerateStringKey?: string;
  SecretStringTemplate?: string;
}): string {
  const password = randomPassword(rules);
  return key ? JSON.stringify({ ...JSON.parse(template ?? '{}'), [key]: password }) : password;
}

/** Completes a secret with where its database is: a new version, since values do not change. */
function attachTarget(account: Account, resource: Resource): CreatedResource {
  refuseUnknown(resource, ['SecretId', 'TargetId', 'TargetType']);
  const { SecretId, TargetId } = resource.properties;
  const secret = account.find(SecretId);
  const text = holderOf(secret.versions.values(), 'AWSCURRENT')?.value?.text;
  if (text === undefined) throw new Error(`the secret ${secret.name} has no text that could be completed`);
  const { engine, host, port, dbname, identifier } = account.machine.engines.describeDatabase(TargetId);
  const completed = {
    ...fieldsOf(secret.name, text),
    engine,
    host,
    port,
    dbname,
    dbInstanceIdentifier: identifier,
  };
  storeVersion(account, secret, {
    id: randomUUID(),
    value: { text: JSON.stringify(completed) },
    labels: ['AWSCURRENT'],
  });
  return { ref: secret.arn, attributes: { Id: secret.arn } };
}

/** JSON's own error would quote the value. */
function fieldsOf(name: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the value of the secret ${name} is not JSON`);
  }
}

function setPolicy(account: Account, resource: Resource): CreatedResource {
  refuseUnknown(resource, ['SecretId', 'ResourcePolicy', 'BlockPublicPolicy']);
  const { SecretId, ResourcePolicy, BlockPublicPolicy } = resource.properties;
  if (BlockPublicPolicy === true)
    throw new Error('the sandbox checks BlockPublicPolicy in PutResourcePolicy only');
  const secret = account.find(SecretId);
  const document = typeof ResourcePolicy === 'string' ? JSON.parse(ResourcePolicy) : ResourcePolicy;
  secret.policy = readPolicy(document, `The policy of ${secret.arn}`);
  return { ref: secret.arn, attributes: { Id: secret.arn } };
}

/** Without rules the secret is rotated on demand only. It is rotated once at deployment, unless told otherwise: then its function is tested. */
function scheduleRotation(account: Account, resource: Resource): CreatedResource {
  refuseUnknown(resource, ['SecretId', 'RotationLambdaARN', 'RotationRules', 'RotateImmediatelyOnUpdate']);
  const { SecretId, RotationLambdaARN, RotationRules, RotateImmediatelyOnUpdate } = resource.properties;
  const secret = account.find(SecretId);
  const rules: RotationRules | undefined = RotationRules && {
    ...RotationRules,
    // Templates may write numbers as texts.
    ...(RotationRules.AutomaticallyAfterDays === undefined
      ? {}
      : { AutomaticallyAfterDays: Number(RotationRules.AutomaticallyAfterDays) }),
  };
  const configuration = configure(account.machine, secret, RotationLambdaARN, rules);
  requireInvocable(account.machine, secret, configuration.functionArn, DEPLOYER);
  enableRotation(account, secret, configuration);
  const immediately = String(RotateImmediatelyOnUpdate ?? true) === 'true';
  account.rotations.onceDeployed(() =>
    immediately ? account.rotations.start(secret, randomUUID()) : account.rotations.test(secret),
  );
  return { ref: secret.arn, attributes: { Id: secret.arn } };
}
