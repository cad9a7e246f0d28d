import type { Judgement } from '../../schemas/finding.ts';
import { describeService, primaryOf } from '../ecs/describe-service.ts';
import { PreconditionFailed } from '../errors.ts';

/** A service as a roll-back would find it. */
export interface ActiveService {
  readonly serviceArn: string;
  readonly clusterArn: string;
  /** `ECS`, `CODE_DEPLOY` or `EXTERNAL`. */
  readonly controller: string;
  /** Task definition. */
  readonly running: string;
}

interface Named {
  readonly cluster: string;
  readonly service: string;
}

/** The service, or undefined where ECS has no active one of that name. */
export async function activeService(target: Named): Promise<ActiveService | undefined> {
  try {
    const service = await describeService(target);
    return {
      serviceArn: service.serviceArn ?? '',
      clusterArn: service.clusterArn ?? '',
      controller: service.deploymentController?.type ?? 'ECS',
      running: primaryOf(service)?.taskDefinition ?? service.taskDefinition ?? '',
    };
  } catch (error) {
    if (error instanceof PreconditionFailed) return undefined;
    throw error;
  }
}

/** Judges whether there is a service that can be rolled back by an update. */
export function judgeService({ cluster, service }: Named, found: ActiveService | undefined): Judgement {
  const expected = 'an active service that ECS itself deploys';
  if (found === undefined)
    return {
      verdict: 'fail',
      observed: `ECS has no active service ${service} in the cluster ${cluster}`,
      expected,
    };
  return found.controller === 'ECS'
    ? { verdict: 'pass', observed: 'it is active, and deployed by ECS', expected }
    : {
        verdict: 'fail',
        observed: `it is deployed by ${found.controller}: ECS refuses to update it`,
        expected,
      };
}
