import { randomUUID } from 'node:crypto';
import { AwsError, type Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { configure, enableRotation, requireComplete, requireInvocable } from './configure-rotation.ts';
import { checkToken } from './limits.ts';
import { onSecret } from './permissions.ts';
import { pendingVersion } from './rotation-steps.ts';

/** RotateSecret and CancelRotateSecret. */
export function rotationOperations(account: Account): Record<string, Operation> {
  const { machine, rotations } = account;
  return {
    RotateSecret: onSecret(
      account,
      'RotateSecret',
      (secret, input, { caller }) => {
        refuseMembers(input, [
          'SecretId',
          'ClientRequestToken',
          'RotationLambdaARN',
          'RotationRules',
          'RotateImmediately',
        ]);
        const token = input.ClientRequestToken ?? randomUUID();
        checkToken(token);
        const answer = { ARN: secret.arn, Name: secret.name };
        const configuration = configure(machine, secret, input.RotationLambdaARN, input.RotationRules);
        requireInvocable(machine, secret, configuration.functionArn, caller);
        const existing = secret.versions.get(token)?.labels;
        // The request comes again: it was heard.
        if (existing?.has('AWSPENDING') || existing?.has('AWSCURRENT'))
          return { ...answer, VersionId: token };
        if (existing)
          throw new AwsError(
            'InvalidRequestException',
            `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
          );
        requireComplete(account, secret);
        enableRotation(account, secret, configuration);
        if (input.RotateImmediately === false) {
          void rotations.test(secret);
          return answer;
        }
        void rotations.start(secret, token);
        return { ...answer, VersionId: token };
      },
      {
        conditions: ({ RotationLambdaARN, RotationRules, RotateImmediately }) => ({
          ...(RotationLambdaARN === undefined
            ? {}
            : { 'secretsmanager:RotationLambdaARN': RotationLambdaARN }),
          'secretsmanager:ModifyRotationRules': String(RotationRules !== undefined),
          'secretsmanager:RotateImmediately': String(RotateImmediately !== false),
        }),
      },
    ),
    CancelRotateSecret: onSecret(account, 'CancelRotateSecret', (secret) => {
      const { rotation } = secret;
      rotations.forget(secret);
      if (rotation) {
        rotation.enabled = false;
        rotation.next = undefined;
        secret.changedAt = machine.clock.now();
      }
      // Labels stay as they are, whatever the rotation has done so far.
      return { ARN: secret.arn, Name: secret.name, VersionId: pendingVersion(secret) };
    }),
  };
}
