import type { SecretTarget } from '../../../schemas/secret.ts';
import { noteRotationProgress, readRotationProgress } from '../rotation-progress.ts';
import { STAGED_LABEL } from '../state.ts';
import { holderOf } from './judge-token.ts';
import type { Values } from './values.ts';
import { moveLabel } from './versions.ts';

/** A rotation whose version is current. */
interface Finished<Value> {
  readonly secret: Pick<SecretTarget, 'name' | 'secretArn'>;
  readonly values: Values<Value>;
  /** The version. */
  readonly token: string;
  /** Labels as they were when the step began. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** How long consumers that connected anew were refused, where a value was changed in place. */
export interface RefusedWindow {
  readonly refusedMilliseconds?: number;
}

/** An earlier attempt may have been killed between the label and what follows it. */
export async function tidyUpAgain<Value>(finished: Finished<Value>): Promise<void> {
  const { secret, values, token } = finished;
  const { refusedMilliseconds, state } = (await readRotationProgress(secret.name, token)) ?? {};
  if (state === 'done' && refusedMilliseconds !== undefined) return;
  const window = await tidyUp(finished, await values.read(token), new Date());
  await noteRotationProgress(secret.name, token, { step: 'finishSecret', state: 'done', ...window });
}

/** What follows once the label has moved. */
export async function tidyUp<Value>(
  { secret, values, token, labels }: Finished<Value>,
  promoted: Value,
  currentSince: Date,
): Promise<RefusedWindow> {
  await dropStaged(values, secret, labels, values.textOf(promoted));
  const { refusingSince } = (await readRotationProgress(secret.name, token)) ?? {};
  if (refusingSince === undefined) return {};
  return { refusedMilliseconds: Math.max(0, currentSince.getTime() - Date.parse(refusingSince)) };
}

/** What an operator staged is current now; a further value that was staged meanwhile stays. */
async function dropStaged<Value>(
  values: Values<Value>,
  { secretArn }: { readonly secretArn: string },
  labels: Readonly<Record<string, readonly string[]>>,
  promoted: string,
): Promise<void> {
  const staged = holderOf(labels, STAGED_LABEL);
  if (staged === undefined) return;
  const value = await values.find(staged);
  if (value !== undefined && values.textOf(value) === promoted)
    await moveLabel(secretArn, STAGED_LABEL, { from: staged });
}
