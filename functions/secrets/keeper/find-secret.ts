import type { RotationKind, SecretOf, SecretTarget } from '../../../schemas/secret.ts';
import type { Target } from '../../../schemas/target.ts';
import { Refused } from '../../errors.ts';
import { readTarget, readTargets } from '../../run/directory.ts';

/** By which a secret is asked for: Secrets Manager knows its ARN, runbooks its declared name. */
export type SecretAddress = { readonly arn: string } | { readonly name: string };

/**
 * The declared secret, which must be of the keeper's kind.
 *
 * @throws Refused where it is not declared or of another kind, InvalidInput with the nearest declared name
 */
export async function findSecret<Kind extends RotationKind>(
  kind: Kind,
  address: SecretAddress,
): Promise<SecretOf<Kind>> {
  const secret = 'arn' in address ? await byArn(address.arn) : await readTarget('secret', address.name);
  if (secret === undefined || !isSecret(secret))
    throw new Refused(
      `The secret ${'arn' in address ? address.arn : address.name} is not declared in this deployment. Nothing was changed. Declare it, or give it the rotation function that it belongs to.`,
    );
  if (isOf(secret, kind)) return secret;
  throw new Refused(
    `The secret ${secret.name} is declared with ${secret.rotation === undefined ? 'no rotation' : `a rotation of the kind ${secret.rotation.kind}`}, and this function keeps ${kind} alone. Nothing was changed. Give it the rotation function of its own kind.`,
  );
}

async function byArn(arn: string): Promise<SecretTarget | undefined> {
  return (await readTargets('secret')).filter(isSecret).find(({ secretArn }) => secretArn === arn);
}

const isSecret = (target: Target): target is SecretTarget => target.kind === 'secret';

function isOf<Kind extends RotationKind>(secret: SecretTarget, kind: Kind): secret is SecretOf<Kind> {
  return secret.rotation?.kind === kind;
}
