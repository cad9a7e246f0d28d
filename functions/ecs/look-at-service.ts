import { ErrorName } from '../../schemas/names.ts';
import { PreconditionFailed } from '../errors.ts';
import type { LookOf } from '../wait/verdict.ts';
import { describeService } from './describe-service.ts';
import { judgeSteadiness, short } from './steadiness.ts';

const UNPROVED = 'The change was made; it was not proved good. A person is needed.';

/** Whether a service runs the wanted task definition steadily. */
export const lookAtService: LookOf<'steady-service'> = async ({ target, wanted }) => {
  const failed = (why: string) => ({
    state: 'failed' as const,
    error: ErrorName.VerificationFailed,
    cause: `The service did not become steady: ${why}. ${UNPROVED}`,
  });
  try {
    const steadiness = judgeSteadiness(await describeService(target), wanted);
    switch (steadiness.state) {
      case 'waiting':
        return { state: 'waiting', seen: steadiness.why };
      case 'lost':
        return failed(steadiness.why);
      case 'steady':
        return {
          state: 'done',
          output: { at: new Date().toISOString(), deploymentId: steadiness.deploymentId },
          summary: `${short(wanted)} is steady`,
        };
    }
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return failed(
      `ECS has no active service "${target.service}" in the cluster "${target.cluster}" any more`,
    );
  }
};
