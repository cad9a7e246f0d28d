import { firstUsable, goodCandidates } from '../ecs/last-good.ts';
import type { WayBack } from './judge-way-back.ts';

/** Looks for the way back of a service exactly as the roll-back does. */
export async function findWayBack(
  target: { readonly cluster: string; readonly service: string },
  service: { readonly running: string; readonly controller: string },
): Promise<WayBack> {
  const { running, controller } = service;
  const { basis, candidates } = await goodCandidates(target, controller);
  const back = await firstUsable(candidates, running);
  // What ECS calls completed is not good yet, only deployed.
  const own = basis === 'history' ? candidates.find(({ revision }) => revision === running) : undefined;
  const standing =
    back.found === undefined && own !== undefined ? await firstUsable([own], undefined) : undefined;
  return { basis, running, back, standing };
}
