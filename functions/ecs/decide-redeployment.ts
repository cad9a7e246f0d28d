import type { Service } from '@aws-sdk/client-ecs';
import { controllerOf } from './consumers.ts';
import { primaryOf } from './describe-service.ts';

export type Redeployment =
  | { readonly do: 'deploy' }
  /** An earlier attempt has asked for it. */
  | { readonly do: 'await'; readonly deployment: string }
  | { readonly do: 'leave'; readonly why: string };

/**
 * Whether a service is deployed anew.
 *
 * @param since when this run began to ask for it, in milliseconds since the epoch: what was deployed since need not be again
 */
export function decideRedeployment(service: Service | undefined, since: number): Redeployment {
  if (service === undefined) return { do: 'leave', why: 'ECS has no such active service any more' };
  if ((service.desiredCount ?? 0) === 0) return { do: 'leave', why: 'it rests, and stays so' };
  const controller = controllerOf(service);
  if (controller !== 'ECS') return { do: 'leave', why: `it is deployed by ${controller} alone` };
  const primary = primaryOf(service);
  if (primary?.id !== undefined && (primary.createdAt?.getTime() ?? 0) >= since)
    return { do: 'await', deployment: primary.id };
  return { do: 'deploy' };
}
