import * as z from 'zod/mini';
import { readAction } from '../run/action-record.ts';
import { describeSecret } from './describe-secret.ts';
import { readRotationProgress } from './rotation-progress.ts';
import { readRetirement } from './rotation-records.ts';
import { ActionName, type PlannedSecret, PutBack, shortVersion } from './rotation-state.ts';

/** Whether what this run was to make current is. */
export type Standing =
  | {
      /** Version that is current. */
      readonly version: string;
      /** Since when (ISO 8601). */
      readonly since: string;
      readonly why?: undefined;
    }
  /** Why not, as a part of a sentence. */
  | { readonly why: string };

/** How things stand with a secret that a run was to treat, by what Secrets Manager says and by what this run noted. */
export async function readStanding(secret: PlannedSecret, run: string): Promise<Standing> {
  const { current, lastRotatedAt } = await describeSecret(secret);
  if (secret.does === 'undo') {
    const record = await readAction(run, ActionName.returnValues);
    const returned = z.safeParse(PutBack, record?.result);
    const own = returned.success ? returned.data.putBack.find(({ name }) => name === secret.name) : undefined;
    if (own?.version === current && returned.success)
      return { version: own.version, since: returned.data.at };
    return { why: `version ${shortVersion(current)} is current, not the one that was put back` };
  }
  const wanted = secret.does === 'rotate' ? secret.token : secret.current;
  if (current !== null && wanted !== null && (await isOrReplaces(current, wanted, secret))) {
    const started = (await readAction(run, ActionName.start(secret.wave)))?.at;
    const since =
      secret.does === 'rotate' ? latest(lastRotatedAt, started) : latest(secret.currentSince, lastRotatedAt);
    return { version: current, since };
  }
  if (secret.does !== 'rotate')
    return {
      why: `version ${shortVersion(current)} became current meanwhile, in the place of ${shortVersion(wanted)}`,
    };
  const { step, error } = (await readRotationProgress(secret.name, wanted ?? '')) ?? {};
  return {
    why: `version ${shortVersion(current)} is current still${error === undefined ? '' : `; ${step} failed: ${error}`}`,
  };
}

/** A retirement may store the current value once more, without the part that is retired. */
async function isOrReplaces(current: string, wanted: string, secret: PlannedSecret): Promise<boolean> {
  if (current === wanted) return true;
  if (secret.retires === null) return false;
  return (await readRetirement(secret.name, secret.retires))?.current === current;
}

const latest = (...times: ReadonlyArray<string | null | undefined>): string =>
  times
    .flatMap((time) => time ?? [])
    .toSorted()
    .at(-1) ?? new Date(0).toISOString();
