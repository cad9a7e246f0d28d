import { setTimeout as pause } from 'node:timers/promises';
import { Transient } from '../../errors.ts';
import { type Described, holderOf } from './judge-token.ts';
import { readNotedCurrent } from './notes.ts';
import { describeSecret } from './versions.ts';

/** Before each further look. Milliseconds. */
const LOOK_AGAIN_MILLISECONDS = [150, 450, 1000];
/** Labels that moved longer ago are seen by everybody (rule 10: some seconds). Milliseconds. */
const SEEN_LATE_MILLISECONDS = 60_000;

/**
 * A secret's labels. They are seen late after they moved (rule 10): where they contradict what a keeper has just done, or what the caller
 * expects, they are looked at again. To take the version before for the current one would give the user whom consumers use another password.
 *
 * @param expected whether they are as they should be; in the end they may be otherwise
 * @throws Transient while they are older than what a keeper has done
 */
export async function settledLabels(
  { name, secretArn }: { readonly name: string; readonly secretArn: string },
  expected: (described: Described) => boolean = () => true,
): Promise<Described> {
  const noted = await readNotedCurrent(name);
  const isOld = ({ labels }: Described) =>
    noted !== undefined &&
    Date.now() - Date.parse(noted.at) < SEEN_LATE_MILLISECONDS &&
    holderOf(labels, 'AWSCURRENT') !== noted.version;
  let described = await describeSecret(secretArn);
  for (const milliseconds of LOOK_AGAIN_MILLISECONDS) {
    if (!isOld(described) && expected(described)) return described;
    await pause(milliseconds);
    described = await describeSecret(secretArn);
  }
  if (!isOld(described)) return described;
  throw new Transient(
    `Which version of ${name} is current is not seen by everybody yet: it was ${noted?.version} at ${noted?.at}. Nothing was changed by this step. It is tried again.`,
  );
}
