import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../../schemas/run.ts';
import { readDeclared } from '../ecs/consumers.ts';
import { RunbookError, Transient } from '../errors.ts';
import { askKeeper } from './ask-keeper.ts';

/** What is waited for, in milliseconds. */
export interface Pace {
  /** Tasks that ended close their connections within moments; whoever holds another value after so long holds it for good. */
  readonly patience: number;
  readonly interval: number;
}
export const PACE: Pace = { patience: 30_000, interval: 3000 };

/** What was found of one secret; what is final is not looked at again. */
export interface Found {
  readonly checks: readonly Check[];
  readonly final?: boolean;
}

export const isProved = ({ checks }: Found): boolean =>
  checks.length > 0 && checks.every(({ passed }) => passed);

/** Looks at each again until it is proved, or the patience is over. */
export async function untilProved<Secret extends { readonly name: string }>(
  secrets: readonly Secret[],
  look: (secret: Secret) => Promise<Found>,
  pace: Pace,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const begun = Date.now();
  const found = new Map<string, Found>();
  const open = () =>
    secrets.filter(({ name }) => {
      const last = found.get(name);
      return last === undefined || !(last.final || isProved(last));
    });
  for (;;) {
    for (const secret of open()) found.set(secret.name, await look(secret));
    if (open().length === 0 || Date.now() - begun + pace.interval > pace.patience) return found;
    await sleep(pace.interval, undefined, { signal });
  }
}

/** What a keeper says of adoption by those consumers that are meant to run; that it cannot say is a check that failed. */
export async function adoptionOf(
  {
    name,
    kind,
    consumers,
  }: { readonly name: string; readonly kind: string; readonly consumers: readonly string[] },
  since: string,
  signal: AbortSignal,
): Promise<Found> {
  const running = (await readDeclared({ consumers }))
    .filter(({ service }) => (service?.desiredCount ?? 0) > 0)
    .map(({ target }) => target.name);
  try {
    return await askKeeper(
      kind,
      { operation: 'prove-adoption', secret: name, since, consumers: running },
      signal,
    );
  } catch (error) {
    if (!(error instanceof RunbookError) || error instanceof Transient) throw error;
    const measured = error.message.replace(/\.$/, '');
    return { checks: [{ name: 'adoption', passed: false, measured, at: new Date().toISOString() }] };
  }
}
