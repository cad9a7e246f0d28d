import { rotationWaves } from '../../schemas/rotation-waves.ts';
import { PreconditionFailed } from '../errors.ts';
import { planSecret, secretWarnings } from './plan-secret.ts';
import { rotationObstacles, type Wish } from './rotation-obstacles.ts';
import type { PlannedSecret, RotationPlan } from './rotation-state.ts';
import type { SecretSituation } from './state.ts';

export interface RotationQuestion {
  readonly run: string;
  /** In any order. */
  readonly secrets: readonly SecretSituation[];
  readonly unfinished: 'finish' | 'undo' | undefined;
  readonly compromised: boolean;
  /** Why it is done all the same. */
  readonly reason: string | undefined;
  /** ARN of the function that keeps a kind of rotation. */
  readonly keeperOf: (kind: string) => string | undefined;
  readonly now: Date;
}

export interface RotationDecision extends RotationPlan {
  readonly warnings: readonly string[];
}

/**
 * What a run does with each secret, in which order, and which services are deployed anew.
 *
 * Where values are known to others, a secret that cannot be rotated is left, and the others do not wait for it: it fails the run at its end.
 *
 * @throws PreconditionFailed with everything that stands in the way
 */
export function decideRotation(question: RotationQuestion): RotationDecision {
  const { secrets, compromised, run, now } = question;
  const does = question.unfinished ?? 'rotate';
  const waves = orderOf(secrets);
  const judged = secrets.map((found) => {
    const wish: Wish = {
      does,
      reason: question.reason,
      compromised,
      keeper: question.keeperOf(found.target.rotation?.kind ?? ''),
      now,
    };
    return { found, wish, obstacles: rotationObstacles(found, wish) };
  });
  const hindered = judged.filter(({ obstacles }) => obstacles.length > 0);
  if (hindered.length > 0 && (!compromised || hindered.length === judged.length)) throw refusal(hindered);
  const planned = judged
    .map(({ found, wish, obstacles }): PlannedSecret => {
      const wave = waves.get(found.target.name) ?? 0;
      const secret = planSecret(found, wish, { run, wave });
      if (obstacles.length === 0) return secret;
      return {
        ...secret,
        does: 'leave',
        why: obstacles.join('; '),
        token: null,
        redeploys: false,
        retires: null,
      };
    })
    .toSorted((one, other) => one.wave - other.wave);
  const services = servicesOf(secrets, planned);
  return {
    rotates: planned.some((secret) => secret.does === 'rotate'),
    redeploys: services.length > 0,
    proves: true,
    retires: planned.some(({ retires }) => retires !== null),
    undoes: planned.some((secret) => secret.does === 'undo'),
    compromised,
    secrets: planned,
    services,
    warnings: [
      ...hindered.map(
        ({ found, obstacles }) => `${found.target.name} is LEFT AS IT IS: ${obstacles.join('; ')}.`,
      ),
      ...judged.flatMap(({ found, wish, obstacles }) =>
        obstacles.length > 0 ? [] : secretWarnings(found, wish),
      ),
    ],
  };
}

/** @throws PreconditionFailed where secrets wait for each other in a circle */
function orderOf(secrets: readonly SecretSituation[]): ReadonlyMap<string, number> {
  const { waves, cycle } = rotationWaves(secrets.map(({ target }) => target));
  if (waves !== undefined) return new Map(waves.flatMap((names, wave) => names.map((name) => [name, wave])));
  throw new PreconditionFailed(
    `There is no order in which the secrets could be rotated: ${[...cycle, cycle[0]].join(' after ')}. Nothing was changed. Take one of them out of the other's "after" in the configuration.`,
  );
}

function refusal(
  hindered: ReadonlyArray<{ readonly found: SecretSituation; readonly obstacles: readonly string[] }>,
): PreconditionFailed {
  const all = hindered.flatMap(({ found, obstacles }) =>
    obstacles.map((obstacle) => `${found.target.name}: ${obstacle}.`),
  );
  return new PreconditionFailed(
    `${hindered.length === 1 ? 'The secret' : 'These secrets'} cannot be treated as asked. ${all.join(' ')} Nothing was changed. Start the runbook again when that is settled.`,
    { obstacles: all },
  );
}

/** Every service once, that is given one of the secrets and runs. */
function servicesOf(
  secrets: readonly SecretSituation[],
  planned: readonly PlannedSecret[],
): RotationPlan['services'] {
  const redeployed = new Set(planned.flatMap(({ name, redeploys }) => (redeploys ? [name] : [])));
  const consumers = secrets
    .filter(({ target }) => redeployed.has(target.name))
    .flatMap((found) => found.consumers)
    .filter(({ controller, desired }) => controller === 'ECS' && desired > 0);
  return [...new Map(consumers.map((one) => [one.name, one])).values()].map(({ name, cluster, service }) => ({
    name,
    cluster,
    service,
  }));
}
