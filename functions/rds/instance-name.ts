import { createHash } from 'node:crypto';

/** Why an instance gets a name of its own: restored beside the original, the original set aside, or a drill's scratch. */
export type NamePurpose = 'restored' | 'before' | 'drill';

/** Longest identifier of a DB instance, in characters. */
const LONGEST = 63;
/** So many hexadecimal digits of a run's hash tell its instances from those of other runs. */
const RUN_DIGITS = 6;

/**
 * Name of an instance that a run makes or sets aside: `main-restored-3fa91c`. The same run always finds the same name, so that a step
 * that is run twice does nothing twice.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html for what an identifier may be
 */
export function instanceName(declared: string, purpose: NamePurpose, runId: string): string {
  const ending = `-${purpose}-${createHash('sha256').update(runId).digest('hex').slice(0, RUN_DIGITS)}`;
  const stem = declared
    .toLowerCase()
    .slice(0, LONGEST - ending.length)
    .replace(/-+$/, '');
  return `${stem}${ending}`;
}
