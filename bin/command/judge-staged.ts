import { fillHeaders } from '../../functions/secrets/external-key/fill-headers.ts';
import { whyNotPolicy } from '../../functions/secrets/policy-value/judge-policy.ts';
import type { SecretTarget } from '../../schemas/secret.ts';
import { CommandError } from './exit-codes.ts';

/**
 * Refuses secrets for which nobody stages a value.
 *
 * @throws CommandError with what to do instead
 */
export function requireStageable({ name, rotation }: Pick<SecretTarget, 'name' | 'rotation'>): void {
  if (rotation === undefined)
    throw new CommandError(
      `${name} is declared without a rotation: Nightshift only reads it. Nothing was staged. Declare secrets.${name}.rotation of the kind external-key or policy-value.`,
    );
  if (rotation.kind !== 'external-key' && rotation.kind !== 'policy-value')
    throw new CommandError(
      `The value of ${name} (${rotation.kind}) is generated when it is rotated; none is staged. Rotate it: ${rotateCommand(name)}`,
    );
}

/** Why a value would not get through its rotation, as far as it can be told here; the end of a sentence that quotes nothing of it. */
export function whyNotStaged({ rotation }: Pick<SecretTarget, 'rotation'>, text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  switch (rotation?.kind) {
    case 'policy-value':
      return whyNotPolicy(rotation.schema, text);
    case 'external-key': {
      const filled = fillHeaders(rotation.probe.headers, text);
      return 'problem' in filled ? filled.problem : undefined;
    }
    default:
      return undefined;
  }
}

/** How a secret is rotated from the command line. */
export const rotateCommand = (secret: string): string =>
  `nightshift run rotate-secret --secret ${secret} --wait`;
