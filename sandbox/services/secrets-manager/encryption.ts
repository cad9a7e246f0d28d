import { AwsError, type Caller, type Machine } from '../../contract.ts';

/** The key that AWS makes for Secrets Manager, which every secret without a key of its own is encrypted with. */
const MANAGED_KEY = /^(arn:aws:kms:[^:]*:[^:]*:)?alias\/aws\/secretsmanager$/;

/** A request's `KmsKeyId` as it is kept: absent for the AWS managed key, which an empty text means too. */
export function ownKey(keyId: string | undefined): string | undefined {
  return keyId === undefined || keyId === '' || MANAGED_KEY.test(keyId) ? undefined : keyId;
}

/**
 * Requires what storing a value under a key needs.
 *
 * @throws AwsError `AccessDeniedException` where the key's policy or the caller's denies it, `EncryptionFailure` for a key that
 *   is disabled or not there
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function requireEncryption(machine: Machine, keyId: string | undefined, caller: Caller): void {
  const failure =
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.";
  requireUses(machine, keyId, ['GenerateDataKey', 'Decrypt'], caller, ['EncryptionFailure', failure]);
}

/** Requires what reading a value needs; errors as {@link requireEncryption}, with `DecryptionFailure`. */
export function requireDecryption(machine: Machine, keyId: string | undefined, caller: Caller): void {
  const failure = "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
  requireUses(machine, keyId, ['Decrypt'], caller, ['DecryptionFailure', failure]);
}

/** Whether the caller may encrypt values that are there already with another key. */
export function mayReencrypt(machine: Machine, keyId: string | undefined, caller: Caller): boolean {
  try {
    requireUses(machine, keyId, ['Encrypt'], caller, ['EncryptionFailure', '']);
    return true;
  } catch {
    return false;
  }
}

function requireUses(
  machine: Machine,
  keyId: string | undefined,
  uses: Parameters<Machine['engines']['requireKey']>[1],
  caller: Caller,
  [failure, message]: [code: string, message: string],
): void {
  if (keyId === undefined) return;
  try {
    machine.engines.requireKey(keyId, uses, { caller, via: 'secretsmanager' });
  } catch (error) {
    const { name } = error as Error;
    if (name === 'AccessDeniedException')
      throw new AwsError('AccessDeniedException', 'Access to KMS is not allowed');
    if (name === 'DisabledException' || name === 'NotFoundException') throw new AwsError(failure, message);
    throw error;
  }
}
