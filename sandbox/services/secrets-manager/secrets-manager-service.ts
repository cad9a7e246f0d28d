import { randomBytes, randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-secrets-manager';
import { AwsError, type Caller, type Machine, type Service } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { randomPassword } from './random-password.ts';

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: string;
  /** The service of AWS that keeps it, and alone may change it. */
  readonly owningService: string | undefined;
  readonly createdAt: number;
  /** Version id → value and staging labels. */
  readonly versions: Map<string, { value: string; stages: Set<string>; createdAt: number }>;
  policy: unknown;
}

/** Secrets Manager: values, versions and staging labels. */
export function createSecretsManagerService(machine: Machine): Service {
  const secrets = new Map<string, Secret>();

  function find(id: string): Secret {
    // A partial ARN (without the six random characters) works too, as on AWS.
    const secret = [...secrets.values()].find(
      ({ name, arn }) => id === name || id === arn || arn.slice(0, -7) === id,
    );
    if (!secret)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  }
  const findIfThere = (id: string) => {
    try {
      return find(id);
    } catch {
      return undefined;
    }
  };
  const arnFor = (id: string) =>
    findIfThere(id)?.arn ?? (id.startsWith('arn:') ? id : machine.arn('secretsmanager', `secret:${id}`));

  function version(secret: Secret, stage: string | undefined, versionId: string | undefined) {
    const found = [...secret.versions].find(
      ([id, { stages }]) =>
        (versionId ? id === versionId : true) &&
        (stage || !versionId ? stages.has(stage ?? 'AWSCURRENT') : true),
    );
    if (!found) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${versionId ? `VersionId: ${versionId}` : `staging label: ${stage ?? 'AWSCURRENT'}`}`,
      );
    }
    return found;
  }

  function moveStage(secret: Secret, stage: string, to: string | undefined): void {
    for (const [id, { stages }] of secret.versions) {
      if (!stages.delete(stage) || stage !== 'AWSCURRENT' || id === to) continue;
      // The version that stops being current becomes AWSPREVIOUS by itself.
      for (const other of secret.versions.values()) other.stages.delete('AWSPREVIOUS');
      stages.add('AWSPREVIOUS');
    }
    if (to !== undefined) secret.versions.get(to)?.stages.add(stage);
  }

  function putValue(secret: Secret, value: string, token: string, stages: readonly string[]): string {
    const existing = secret.versions.get(token);
    if (existing && existing.value !== value)
      throw new AwsError(
        'ResourceExistsException',
        `A resource with the ID you requested already exists: ${token}`,
      );
    // A request that comes again is ignored: its labels may have moved on since.
    if (existing) return token;
    secret.versions.set(token, { value, stages: new Set(), createdAt: machine.clock.now() });
    for (const stage of stages) moveStage(secret, stage, token);
    return token;
  }

  function create(name: string, value: string, description = '', owningService?: string): Secret {
    if (secrets.has(name))
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    const suffix = randomBytes(3).toString('hex');
    const secret: Secret = {
      arn: machine.arn('secretsmanager', `secret:${name}-${suffix}`),
      name,
      description,
      owningService,
      createdAt: machine.clock.now(),
      versions: new Map(),
      policy: undefined,
    };
    secrets.set(name, secret);
    putValue(secret, value, randomUUID(), ['AWSCURRENT']);
    return secret;
  }

  function read(caller: Caller, id: string, stage?: string, versionId?: string) {
    const permission = {
      action: 'secretsmanager:GetSecretValue',
      resource: arnFor(id),
      conditions: { 'secretsmanager:VersionStage': stage ?? 'AWSCURRENT' },
    };
    machine.policies.require(caller, permission, findIfThere(id)?.policy);
    const secret = find(id);
    const [foundId, found] = version(secret, stage, versionId);
    return { secret, versionId: foundId, ...found };
  }

  machine.engines.readSecret = async (valueFrom, { caller }) => {
    const match =
      /^(arn:aws:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/.exec(valueFrom) ??
      /^([^:]+)(?::([^:]*):([^:]*):([^:]*))?$/.exec(valueFrom);
    if (!match) throw new AwsError('ResourceInitializationError', `'${valueFrom}' does not name a secret.`);
    const [, id, key, stage, versionId] = match;
    const { value } = read(caller, id as string, stage || undefined, versionId || undefined);
    if (!key) return value;
    const field = JSON.parse(value)[key];
    if (field === undefined)
      throw new AwsError('ResourceInitializationError', `The secret ${id} has no JSON key '${key}'.`);
    return String(field);
  };

  machine.engines.keepSecret = (name, value, { description, owningService }) => {
    const { arn } = create(name, value, description, owningService);
    return { arn, remove: () => void secrets.delete(name) };
  };

  /** Whoever owns a managed secret alone changes it. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html */
  function requireUnmanaged({ arn, owningService }: Secret): void {
    if (owningService === undefined) return;
    throw new AwsError(
      'InvalidRequestException',
      `The secret ${arn} is managed by ${owningService} and can be changed through it only.`,
    );
  }

  const on = (action: string) => (input: { SecretId: string }) => [
    { action: `secretsmanager:${action}`, resource: arnFor(input.SecretId) },
  ];

  return {
    name: 'secrets-manager',
    apis: [
      {
        signingNames: ['secretsmanager'],
        sdk,
        client: 'SecretsManagerClient',
        operations: {
          GetSecretValue: {
            permissions: () => [],
            handle(input, { caller }) {
              const found = read(caller, input.SecretId, input.VersionStage, input.VersionId);
              return {
                ARN: found.secret.arn,
                Name: found.secret.name,
                VersionId: found.versionId,
                SecretString: found.value,
                VersionStages: [...found.stages],
                CreatedDate: new Date(found.createdAt),
              };
            },
          },
          DescribeSecret: {
            permissions: on('DescribeSecret'),
            handle(input) {
              const secret = find(input.SecretId);
              return {
                ARN: secret.arn,
                Name: secret.name,
                Description: secret.description,
                OwningService: secret.owningService,
                CreatedDate: new Date(secret.createdAt),
                VersionIdsToStages: Object.fromEntries(
                  [...secret.versions]
                    .filter(([, { stages }]) => stages.size > 0)
                    .map(([id, { stages }]) => [id, [...stages]]),
                ),
              };
            },
          },
          PutSecretValue: {
            permissions: on('PutSecretValue'),
            handle(input) {
              const secret = find(input.SecretId);
              requireUnmanaged(secret);
              const stages = input.VersionStages ?? ['AWSCURRENT'];
              if (input.SecretString === undefined)
                throw new AwsError(
                  'InvalidRequestException',
                  'You must provide a SecretString; the sandbox keeps no SecretBinary.',
                );
              const id = putValue(
                secret,
                input.SecretString,
                input.ClientRequestToken ?? randomUUID(),
                stages,
              );
              return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages };
            },
          },
          UpdateSecretVersionStage: {
            permissions: on('UpdateSecretVersionStage'),
            handle(input) {
              const secret = find(input.SecretId);
              const holder = [...secret.versions].find(([, { stages }]) =>
                stages.has(input.VersionStage),
              )?.[0];
              if (
                holder !== undefined &&
                holder !== input.RemoveFromVersionId &&
                holder !== input.MoveToVersionId
              ) {
                throw new AwsError(
                  'InvalidParameterException',
                  `The parameter RemoveFromVersionId can't be empty. Staging label ${input.VersionStage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
                );
              }
              if (input.RemoveFromVersionId !== undefined && input.RemoveFromVersionId !== holder)
                throw new AwsError(
                  'InvalidParameterException',
                  `The parameter RemoveFromVersionId isn't valid. Staging label ${input.VersionStage} isn't currently attached to version ${input.RemoveFromVersionId}.`,
                );
              if (input.MoveToVersionId === undefined && input.VersionStage === 'AWSCURRENT')
                throw new AwsError(
                  'InvalidParameterException',
                  "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
                );
              if (input.MoveToVersionId !== undefined && !secret.versions.has(input.MoveToVersionId))
                throw new AwsError(
                  'ResourceNotFoundException',
                  "Secrets Manager can't find the specified secret version.",
                );
              moveStage(secret, input.VersionStage, input.MoveToVersionId);
              return { ARN: secret.arn, Name: secret.name };
            },
          },
          ListSecrets: {
            permissions: () => [{ action: 'secretsmanager:ListSecrets', resource: '*' }],
            handle: () => ({
              SecretList: [...secrets.values()].map((secret) => ({
                ARN: secret.arn,
                Name: secret.name,
                Description: secret.description,
              })),
            }),
          },
          GetRandomPassword: {
            permissions: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],
            handle: (input) => ({ RandomPassword: randomPassword(input) }),
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::SecretsManager::Secret',
        create(resource) {
          refuseUnknown(resource, ['Name', 'SecretString', 'GenerateSecretString', 'KmsKeyId']);
          const { properties } = resource;
          const generate = properties.GenerateSecretString;
          const password = generate ? randomPassword(generate) : '';
          const value = generate
            ? generate.GenerateStringKey
              ? JSON.stringify({
                  ...JSON.parse(generate.SecretStringTemplate ?? '{}'),
                  [generate.GenerateStringKey]: password,
                })
              : password
            : (properties.SecretString ?? '');
          const secret = create(properties.Name ?? resource.physicalName(64), value, properties.Description);
          return { ref: secret.arn, attributes: { Id: secret.arn } };
        },
      },
      {
        type: 'AWS::SecretsManager::SecretTargetAttachment',
        create({ properties }) {
          const secret = find(properties.SecretId);
          const [id, current] = version(secret, 'AWSCURRENT', undefined);
          const address = machine.engines.describeDatabase(properties.TargetId);
          current.value = JSON.stringify({
            ...JSON.parse(current.value),
            engine: address.engine,
            host: address.host,
            port: address.port,
            dbname: address.dbname,
            dbInstanceIdentifier: address.identifier,
          });
          secret.versions.set(id, current);
          return { ref: secret.arn };
        },
      },
      {
        type: 'AWS::SecretsManager::ResourcePolicy',
        create(resource) {
          find(resource.properties.SecretId).policy = resource.properties.ResourcePolicy;
          return { ref: resource.physicalName() };
        },
      },
    ],
    close() {},
  };
}
