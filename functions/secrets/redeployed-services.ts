import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { readAction } from '../run/action-record.ts';
import { describeSecret } from './describe-secret.ts';
import { readRotationProgress } from './rotation-progress.ts';
import {
  ActionName,
  type PlannedSecret,
  PutBack,
  type Retired,
  type RotationPlan,
} from './rotation-state.ts';

/** Readers may see the value before for some seconds after a label moved (rule 10), and a task reads once. Milliseconds. */
const SETTLE_MILLISECONDS = 3000;

/** What a service is deployed anew for. */
export interface ServiceToRedeploy {
  readonly name: string;
  /** Secrets whose values changed, and when the last of them did (ISO 8601); null where that is not known. */
  readonly secrets: readonly string[];
  readonly changedAt: string | null;
}

/** Since what services are deployed anew: a rotation, the undo of one, or a retirement. */
export type Occasion = 'rotated' | 'put-back' | Retired;

/**
 * Services whose tasks hold a value that is not the current one any more, as far as this run has changed it: those of secrets that it
 * rotated; when it is undone, of those whose new value had been current; after a retirement, of those whose current value was stored
 * once more without the retired part.
 */
export async function servicesToRedeploy(
  { secrets }: Pick<RotationPlan, 'secrets'>,
  run: string,
  occasion: Occasion,
): Promise<ServiceToRedeploy[]> {
  const isChanged = await changedOn(occasion, run);
  const services = new Map<string, { secrets: string[]; changedAt: string | null }>();
  for (const secret of secrets) {
    const { current, lastChangedAt } = await describeSecret(secret);
    if (!(await isChanged(secret, current))) continue;
    for (const name of secret.consumers) {
      const known = services.get(name) ?? { secrets: [], changedAt: null };
      const changedAt =
        [known.changedAt, lastChangedAt]
          .flatMap((time) => time ?? [])
          .toSorted()
          .at(-1) ?? null;
      services.set(name, { secrets: [...known.secrets, secret.name], changedAt });
    }
  }
  return [...services].map(([name, found]) => ({ name, ...found }));
}

type IsChanged = (secret: PlannedSecret, current: string | null) => Promise<boolean>;

async function changedOn(occasion: Occasion, run: string): Promise<IsChanged> {
  if (occasion === 'put-back') {
    const takenBack = await readTakenBack(run);
    return async ({ name }) => takenBack.has(name);
  }
  if (occasion === 'rotated')
    // A rotation that failed leaves consumers as they are.
    return async (secret, current) =>
      secret.redeploys && (secret.does !== 'rotate' || (await isRotated(secret, current)));
  return async ({ name, does, token, current: planned }) => {
    const retired = occasion.retired.find((one) => one.name === name);
    return retired !== undefined && retired.version !== (does === 'rotate' ? token : planned);
  };
}

/** Labels are seen late: what the keeper noted counts as well. */
async function isRotated({ name, token }: PlannedSecret, current: string | null): Promise<boolean> {
  if (token === null || current === token) return token !== null;
  const progress = await readRotationProgress(name, token);
  return progress?.step === 'finishSecret' && progress.state === 'done';
}

async function readTakenBack(run: string): Promise<ReadonlySet<string>> {
  const record = await readAction(run, ActionName.putBack);
  const { success, data } = z.safeParse(PutBack, record?.result);
  return new Set(success ? data.putBack.flatMap(({ name, wasCurrent }) => (wasCurrent ? [name] : [])) : []);
}

/** Waits until no reader sees the value before any more. */
export async function settled(wanted: readonly ServiceToRedeploy[], signal: AbortSignal): Promise<void> {
  const latest = Math.max(0, ...wanted.map(({ changedAt }) => Date.parse(changedAt ?? '') || 0));
  const left = Math.min(latest + SETTLE_MILLISECONDS - Date.now(), SETTLE_MILLISECONDS);
  if (left > 0) await sleep(left, undefined, { signal });
}
