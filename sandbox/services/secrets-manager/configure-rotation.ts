import { AwsError, type Call, type Machine } from '../../contract.ts';
import type { Account } from './account.ts';
import { newRotation } from './rotation.ts';
import { checkRules, type RotationRules } from './rotation-rules.ts';
import { pendingVersion } from './rotation-steps.ts';
import type { Secret } from './secret.ts';

export interface Configuration {
  readonly functionArn: string;
  readonly rules: RotationRules | undefined;
}

/**
 * What a secret is to be rotated by, from a request and what it was before.
 *
 * @throws AwsError where there is no function, or the rules cannot be kept
 */
export function configure(
  machine: Machine,
  secret: Secret,
  functionArn = secret.rotation?.functionArn,
  rules?: RotationRules,
): Configuration {
  if (secret.owningService !== undefined)
    throw new AwsError(
      'UnsupportedOperation',
      `The sandbox does not rotate secrets that other services manage; ${secret.arn} is managed by ${secret.owningService}.`,
      { status: 501 },
    );
  if (!functionArn)
    throw new AwsError(
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    );
  if (rules) checkRules(rules, machine.clock.now());
  return { functionArn, rules: rules ?? secret.rotation?.rules };
}

/**
 * Both whoever configures a rotation and Secrets Manager itself must be allowed to call the function.
 *
 * @throws AwsError `AccessDeniedException`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
export function requireInvocable(
  machine: Machine,
  secret: Secret,
  functionArn: string,
  caller: Call['caller'],
): void {
  machine.policies.require(caller, { action: 'lambda:InvokeFunction', resource: functionArn });
  try {
    machine.engines.requireInvocable(functionArn, {
      caller: { kind: 'service', principal: 'secretsmanager.amazonaws.com', sourceArn: secret.arn },
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    );
  }
}

/** @throws AwsError while AWSPENDING is on a version that is not current; the unfinished rotation is tried again then */
export function requireComplete({ rotations }: Account, secret: Secret): void {
  if (pendingVersion(secret) === undefined) return;
  if (secret.rotation?.enabled) void rotations.retry(secret);
  throw new AwsError(
    'InvalidRequestException',
    "A previous rotation isn't complete. That rotation will be reattempted.",
  );
}

/** Turns rotation on, and sets the timer of its next window. */
export function enableRotation(
  { machine, rotations }: Account,
  secret: Secret,
  { functionArn, rules }: Configuration,
): void {
  const now = machine.clock.now();
  secret.rotation ??= newRotation(functionArn);
  const { rotation } = secret;
  if (rotation.rules !== rules || !rotation.enabled) rotation.configuredAt = now;
  Object.assign(rotation, { enabled: true, functionArn, rules });
  secret.changedAt = now;
  rotations.schedule(secret);
}
