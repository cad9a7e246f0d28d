import type { Judgement } from '../../schemas/finding.ts';
import { whyNotLooked } from '../health/why-not-looked.ts';
import type { SecretReference } from './secret-reference.ts';

/** Secrets Manager says InvalidRequestException to several things. */
const DELETED = /marked for deletion|was deleted|scheduled for deletion/i;
/** A secret without the wanted version is told from none at all by the message only. */
const NO_VERSION = /staging label|VersionId|version/i;

/**
 * Judges why a secret or a parameter could not be read. What no task could read either has failed; what this function alone may
 * not read proves nothing.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export function judgeReadFailure(error: unknown, reference: SecretReference): Omit<Judgement, 'expected'> {
  const { name = '', message = '' } = error as Partial<Error>;
  switch (name) {
    case 'ResourceNotFoundException':
      return NO_VERSION.test(message)
        ? fail(isPinned(reference) ? 'has no such version' : 'has no current version')
        : fail('does not exist: it was deleted, or never there');
    case 'ParameterNotFound':
      return fail('does not exist: it was deleted, or never there');
    case 'ParameterVersionNotFound':
      return fail('has no such version');
    case 'InvalidRequestException':
      if (DELETED.test(message)) return fail('is scheduled for deletion: restore it before it is gone');
      break;
    case 'DecryptionFailure':
    case 'InvalidKeyId':
      return fail('cannot be decrypted: look at its key');
    case 'AccessDeniedException':
      return unknown(
        /KMS/i.test(message)
          ? 'this function may not use its key'
          : 'this function may not read it, if it is there at all',
        /KMS/i.test(message)
          ? 'Declare keyArn with the secret.'
          : `Is its name right? If it is, declare it under ${reference.kind === 'secret' ? "secrets, and among the service's" : "the service's preflight.parameters"}.`,
      );
  }
  return unknown(whyNotLooked(error));
}

const isPinned = (reference: SecretReference) =>
  reference.kind === 'secret' && (reference.stage !== undefined || reference.versionId !== undefined);

const fail = (observed: string): Omit<Judgement, 'expected'> => ({ verdict: 'fail', observed });
const unknown = (why: string, next?: string): Omit<Judgement, 'expected'> => ({
  verdict: 'unknown',
  observed: `could not be read: ${why}`,
  ...(next === undefined ? {} : { next }),
});
