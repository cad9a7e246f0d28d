import { AwsError, type Call, type Caller, type Operation } from '../../contract.ts';
import type { Account } from './account.ts';
import type { Secret } from './secret.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the shapes of the SDK's own types.
type Any = any;

type Conditions = Record<string, string | string[]>;

/**
 * Requires a permission on a secret: the caller's own policies and the secret's resource policy count together.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export function requireOnSecret(
  account: Account,
  caller: Caller,
  action: string,
  id: string,
  conditions: Conditions = {},
): void {
  const secret = account.findIfThere(id);
  const tags = Object.entries(secret?.tags ?? {}).flatMap(([key, value]) => [
    [`secretsmanager:ResourceTag/${key}`, value],
    [`aws:ResourceTag/${key}`, value],
  ]);
  const resource = account.arnFor(id);
  account.machine.policies.require(
    caller,
    {
      action: `secretsmanager:${action}`,
      resource,
      conditions: {
        'secretsmanager:SecretId': resource,
        ...(secret?.rotation
          ? { 'secretsmanager:resource/AllowRotationLambdaArn': secret.rotation.functionArn }
          : {}),
        ...Object.fromEntries(tags),
        ...conditions,
      },
    },
    secret?.policy,
  );
}

/** An operation on the one secret that `SecretId` names. It works on secrets that wait for their deletion too only where `deleted` says so. */
export function onSecret(
  account: Account,
  action: string,
  handle: (secret: Secret, input: Any, call: Call) => unknown,
  options: { conditions?: (input: Any) => Conditions; deleted?: boolean } = {},
): Operation {
  return {
    // Checked below, since the secret's own policy counts.
    permissions: () => [],
    handle(input, call) {
      if (!input.SecretId) throw new AwsError('InvalidParameterException', 'SecretId must not be empty.');
      requireOnSecret(account, call.caller, action, input.SecretId, options.conditions?.(input));
      const secret = options.deleted ? account.find(input.SecretId) : account.findUsable(input.SecretId);
      return handle(secret, input, call);
    },
  };
}

/** Whoever owns a managed secret alone changes it. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html */
export function requireUnmanaged({ arn, owningService }: Secret): void {
  if (owningService === undefined) return;
  throw new AwsError(
    'InvalidRequestException',
    `The secret ${arn} is managed by ${owningService} and can be changed through it only.`,
  );
}
