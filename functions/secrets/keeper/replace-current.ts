import { createHash } from 'node:crypto';
import type { SecretTarget } from '../../../schemas/secret.ts';
import { PreconditionFailed } from '../../errors.ts';
import { holderOf } from './judge-token.ts';
import { noteCurrent } from './notes.ts';
import { settledLabels } from './settled-labels.ts';
import { describeSecret, moveLabel, putVersion } from './versions.ts';

/** A version needs a label when it is made; this one goes again once it is current. */
const REPLACING_LABEL = 'NIGHTSHIFT_REPLACING';

/**
 * The version under which a value is stored that replaces a current one, the same for the same request: an attempt that is made again
 * finds what the one before has stored.
 *
 * @param request says what is asked for, by version ids; no value
 */
export function replacementToken(request: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

type SecretPlace = Pick<SecretTarget, 'name' | 'secretArn'>;

/** Stores a value and makes it current in the place of `from`. The value of an earlier attempt at the same stands. */
export async function replaceCurrent(
  secret: SecretPlace,
  from: string,
  token: string,
  text: string,
): Promise<void> {
  try {
    await putVersion(secret.secretArn, token, text, REPLACING_LABEL);
  } catch (error) {
    if ((error as Error).name !== 'ResourceExistsException') throw error;
  }
  await makeCurrent(secret, from, token);
  await dropLabel(secret, REPLACING_LABEL, token);
  await dropLabel(secret, 'AWSPENDING', from);
}

/** Takes a label off a version, where it has it. */
export async function dropLabel({ secretArn }: SecretPlace, label: string, version: string): Promise<void> {
  const { labels } = await describeSecret(secretArn);
  if (labels[version]?.includes(label)) await moveLabel(secretArn, label, { from: version });
}

/**
 * Makes `to` current in the place of `from`; does nothing where it is already.
 *
 * @throws PreconditionFailed where another version is current
 */
export async function makeCurrent(secret: SecretPlace, from: string, to: string): Promise<void> {
  const { labels } = await settledLabels(secret);
  const current = holderOf(labels, 'AWSCURRENT');
  if (current === to) return;
  if (current !== from)
    throw new PreconditionFailed(
      `Version ${current ?? '(none)'} of ${secret.name} is current, where ${from} was expected: another rotation has ended meanwhile. No label was moved. Look at the versions, and start the runbook again.`,
    );
  await moveLabel(secret.secretArn, 'AWSCURRENT', { from, to });
  await noteCurrent(secret.name, to);
}
