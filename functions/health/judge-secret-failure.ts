import type { Judgement } from '../../schemas/finding.ts';
import { PreconditionFailed } from '../errors.ts';
import { RANDOM_END } from '../preflight/secret-reference.ts';
import { whyNotLooked } from './why-not-looked.ts';

/** `demo/analyst`: a secret as people know it, from its ARN. */
export function secretName(secretArn: string): string {
  const [, name] = secretArn.split(':secret:');
  return name?.replace(RANDOM_END, '') ?? secretArn;
}

/** What a secret is for: what it must hold, and what is said of one that does not. */
export interface SecretShape {
  readonly expected: string;
  /** Goes on after "the secret x". */
  readonly wrong: string;
}
const LOGIN: SecretShape = {
  expected: 'a secret that can be read, with user name and password',
  wrong: 'is not a JSON object with username and password',
};
const PERMIT = 'Let the function read it: see its role, and the policies of the secret and of its key.';
/** Secrets Manager says InvalidRequestException to several things. */
const DELETED = /marked for deletion|was deleted/i;
/** A secret without its current version is told from none at all by the message only. */
const NO_VERSION = /staging label|VersionId/;

/**
 * Judges why a secret could not be read. What no task could read either has failed; what this function alone may not do proves nothing.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export function judgeSecretFailure(
  error: unknown,
  secretArn: string,
  { expected, wrong }: SecretShape = LOGIN,
): Judgement {
  const name = secretName(secretArn);
  const { name: kind = '', message = '' } = error as Partial<Error>;
  const fail = (what: string): Judgement => ({
    verdict: 'fail',
    observed: `the secret ${name} ${what}`,
    expected,
  });
  const unknown = (why: string, next?: string): Judgement => ({
    verdict: 'unknown',
    observed: `the secret ${name} could not be read: ${why}`,
    expected,
    ...(next === undefined ? {} : { next }),
  });
  if (error instanceof PreconditionFailed) return fail(wrong);
  switch (kind) {
    case 'ResourceNotFoundException':
      return fail(
        NO_VERSION.test(message)
          ? 'has no current version'
          : 'does not exist: it was deleted, or never there',
      );
    case 'InvalidRequestException':
      if (DELETED.test(message)) return fail('is scheduled for deletion: restore it before it is gone');
      break;
    case 'DecryptionFailure':
      return fail('cannot be decrypted: look at its key');
    case 'AccessDeniedException':
      return unknown(
        /KMS/i.test(message)
          ? 'this function may not use its key'
          : 'this function has no permission for secretsmanager:GetSecretValue',
        PERMIT,
      );
  }
  return unknown(whyNotLooked(error));
}

/** What is said of a secret that was read. */
export function judgeSecretRead(secretArn: string, { expected }: SecretShape = LOGIN): Judgement {
  return { verdict: 'pass', observed: `${secretName(secretArn)} was read`, expected };
}
