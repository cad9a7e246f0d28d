import type { ContainerDefinition } from '@aws-sdk/client-ecs';

/** How a task definition refers to a secret. */
export interface SecretReferences {
  /** Whether it does at all, be it only by telling its containers which secret to read. */
  readonly refers: boolean;
  /** Whether ECS gives its tasks the value when they start. */
  readonly injected: boolean;
  /** Names of variables that cannot see a new value: each says which version, or a label that is not AWSCURRENT. */
  readonly pinned: readonly string[];
}

/** `arn:…:secret:name-AbCdEf:json-key:version-stage:version-id`, of which ECS takes what follows the ARN as optional. */
const REFERENCE =
  /^(?<arn>arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(?<key>[^:]*):(?<stage>[^:]*):(?<version>[^:]*))?$/;
/** Secrets Manager adds a hyphen and six characters to a secret's name. */
const SUFFIX_LENGTH = 7;

/**
 * What the containers of a task definition say of a secret.
 *
 * @param secretArn with its six random characters
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function secretReferences(
  containers: readonly Pick<ContainerDefinition, 'environment' | 'secrets'>[],
  secretArn: string,
): SecretReferences {
  const arns: ReadonlySet<string> = new Set([secretArn, secretArn.slice(0, -SUFFIX_LENGTH)]);
  const injections = containers.flatMap(({ secrets = [] }) =>
    secrets.flatMap(({ name = '', valueFrom = '' }) => {
      const { arn = '', stage = '', version = '' } = REFERENCE.exec(valueFrom)?.groups ?? {};
      if (!arns.has(arn)) return [];
      return [{ name, pinned: version !== '' || !['', 'AWSCURRENT'].includes(stage) }];
    }),
  );
  const told = containers.some(({ environment = [] }) =>
    environment.some(({ value = '' }) => arns.has(value)),
  );
  return {
    refers: told || injections.length > 0,
    injected: injections.length > 0,
    pinned: injections.flatMap(({ name, pinned }) => (pinned ? [name] : [])),
  };
}
