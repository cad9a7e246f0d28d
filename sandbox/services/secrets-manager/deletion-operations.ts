import { AwsError, type Operation } from '../../contract.ts';
import type { Account } from './account.ts';
import { onSecret, requireOnSecret, requireUnmanaged } from './permissions.ts';

const DAY_MILLISECONDS = 86_400_000;
/** Days before a deleted secret is gone. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html */
const RECOVERY_DAYS = { shortest: 7, longest: 30, default: 30 };

interface DeleteInput {
  readonly SecretId: string;
  readonly RecoveryWindowInDays?: number;
  readonly ForceDeleteWithoutRecovery?: boolean;
}

/** DeleteSecret and RestoreSecret. */
export function deletionOperations(account: Account): Record<string, Operation> {
  const { machine } = account;
  return {
    DeleteSecret: {
      permissions: () => [],
      handle(input: DeleteInput, { caller }) {
        requireOnSecret(account, caller, 'DeleteSecret', input.SecretId, conditionsOf(input));
        checkWindow(input);
        const now = machine.clock.now();
        const secret = account.findIfThere(input.SecretId);
        if (input.ForceDeleteWithoutRecovery) {
          // One that is not there counts as deleted.
          if (secret) {
            requireUnmanaged(secret);
            account.remove(secret);
          }
          return {
            ARN: account.arnFor(secret?.arn ?? input.SecretId),
            Name: secret?.name ?? input.SecretId,
            DeletionDate: new Date(now),
          };
        }
        const found = account.findUsable(input.SecretId);
        requireUnmanaged(found);
        const delay = (input.RecoveryWindowInDays ?? RECOVERY_DAYS.default) * DAY_MILLISECONDS;
        found.deletion = {
          dueAt: now + delay,
          cancel: machine.clock.after(delay, () => account.remove(found)),
        };
        found.changedAt = now;
        account.rotations.forget(found);
        return { ARN: found.arn, Name: found.name, DeletionDate: new Date(found.deletion.dueAt) };
      },
    },
    RestoreSecret: onSecret(
      account,
      'RestoreSecret',
      (secret) => {
        secret.deletion?.cancel();
        secret.deletion = undefined;
        secret.changedAt = machine.clock.now();
        account.rotations.schedule(secret);
        return { ARN: secret.arn, Name: secret.name };
      },
      { deleted: true },
    ),
  };
}

const conditionsOf = ({ RecoveryWindowInDays, ForceDeleteWithoutRecovery }: DeleteInput) => ({
  ...(RecoveryWindowInDays === undefined
    ? {}
    : { 'secretsmanager:RecoveryWindowInDays': String(RecoveryWindowInDays) }),
  'secretsmanager:ForceDeleteWithoutRecovery': String(ForceDeleteWithoutRecovery === true),
});

function checkWindow({ RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force }: DeleteInput): void {
  if (days === undefined) return;
  if (force)
    throw new AwsError(
      'InvalidParameterException',
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  if (days < RECOVERY_DAYS.shortest || days > RECOVERY_DAYS.longest)
    throw new AwsError(
      'InvalidParameterException',
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    );
}
