import { HEALTH_DEFAULTS } from '../../schemas/health.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { inParallel } from '../in-parallel.ts';
import { type Asked, askOften } from './ask-often.ts';
import { type DeclaredEndpoint, declaredEndpoints, settingsFor } from './declared-endpoints.ts';

/** For all addresses; what is not known by then is unknown. A function that asks is given a quarter more. Milliseconds. */
export const ASKING_MILLISECONDS = 45_000;
/** So many further addresses are asked at once: a service that has just come back is not to be overrun. */
const AT_A_TIME = 4;

/** What is asked of a service's answers; where it declares nothing of its health, its liveness and readiness. */
export type AskedService = Pick<ServiceTarget, 'baseUrl' | 'livenessPath' | 'readinessPath' | 'health'>;

export interface AskedEndpoint extends Asked {
  readonly name: string;
}

/** Aborts when the time for asking is over, or when the step's own is. */
export function untilAsked(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ASKING_MILLISECONDS)]);
}

/** Asks every address that a service declares (P-01), liveness and readiness first. It does not throw: what was not asked is unknown. */
export async function askDeclared(
  target: AskedService,
  signal: AbortSignal,
): Promise<[AskedEndpoint, AskedEndpoint, ...AskedEndpoint[]]> {
  const { http } = target.health ?? HEALTH_DEFAULTS;
  const settings = { ...settingsFor(target, http.hosts), limits: { redirects: http.redirects }, signal };
  const ask = async ({ name, path, expectation }: DeclaredEndpoint): Promise<AskedEndpoint> => ({
    name,
    ...(await askOften(path, `${target.baseUrl}${path}`, expectation, settings)),
  });
  const [liveness, readiness, ...others] = declaredEndpoints(target, http);
  // One after the other, so that the time that their answers take is theirs.
  return [await ask(liveness), await ask(readiness), ...(await inParallel(others, AT_A_TIME, ask))];
}
