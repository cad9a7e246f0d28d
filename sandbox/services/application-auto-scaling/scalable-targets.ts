import { randomBytes } from 'node:crypto';
import type { SuspendedState } from '@aws-sdk/client-application-auto-scaling';
import { AwsError, type Machine } from '../../contract.ts';

const NAMESPACE = 'ecs';
const DIMENSION = 'ecs:service:DesiredCount';

export interface ScalableTarget {
  readonly ScalableTargetARN: string;
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
  readonly RoleARN: string | undefined;
  readonly SuspendedState: SuspendedState | undefined;
  /** Milliseconds. */
  readonly createdAt: number;
}

/** What RegisterScalableTarget is called with. What is absent stays as it is. */
export type Registration = Pick<ScalableTarget, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'> &
  Partial<Pick<ScalableTarget, 'MinCapacity' | 'MaxCapacity' | 'RoleARN' | 'SuspendedState'>>;

type Identity = Pick<ScalableTarget, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'>;

export const keyOf = (target: Identity): string =>
  `${target.ServiceNamespace}|${target.ResourceId}|${target.ScalableDimension}`;

export interface ScalableTargets {
  /** The role that ECS's targets get, whatever role is given. */
  readonly serviceLinkedRole: string;
  all(): ScalableTarget[];
  find(key: string): ScalableTarget | undefined;
  newArn(id: string): string;
  /** Registers or updates. */
  register(registration: Registration): ScalableTarget;
}

export function createScalableTargets(machine: Machine): ScalableTargets {
  const targets = new Map<string, ScalableTarget>();
  const invalid = (message: string) => new AwsError('ValidationException', message);
  const newArn = (id: string) => machine.arn('application-autoscaling', `scalable-target/${id}`);

  function limit(resourceId: string, minimum: number, maximum: number): void {
    try {
      machine.engines.limitDesiredCount(resourceId, { minimum, maximum });
    } catch (error) {
      throw invalid(`ECS service doesn't exist: ${resourceId} (${(error as Error).message})`);
    }
  }

  return {
    serviceLinkedRole: machine.arn(
      'iam',
      'role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService',
      { region: '' },
    ),
    all: () => [...targets.values()],
    find: (key) => targets.get(key),
    newArn,
    register(registration) {
      const { ServiceNamespace, ResourceId, ScalableDimension } = registration;
      if (ServiceNamespace !== NAMESPACE || ScalableDimension !== DIMENSION)
        throw new AwsError(
          'UnsupportedOperation',
          `The sandbox scales ${DIMENSION} only, not ${ScalableDimension} of ${ServiceNamespace}.`,
          { status: 501 },
        );
      if (!/^service\/[^/]+\/[^/]+$/.test(ResourceId)) throw invalid(`Unsupported ResourceId: ${ResourceId}`);
      const before = targets.get(keyOf(registration));
      const minimum = registration.MinCapacity ?? before?.MinCapacity;
      const maximum = registration.MaxCapacity ?? before?.MaxCapacity;
      if (minimum === undefined || maximum === undefined)
        throw invalid('MinCapacity and MaxCapacity must be given to register a new scalable target.');
      if (minimum < 0 || minimum > maximum)
        throw invalid(`Maximum capacity cannot be less than minimum capacity.`);
      const target: ScalableTarget = {
        ScalableTargetARN: before?.ScalableTargetARN ?? newArn(randomBytes(18).toString('hex')),
        ServiceNamespace,
        ResourceId,
        ScalableDimension,
        MinCapacity: minimum,
        MaxCapacity: maximum,
        RoleARN: registration.RoleARN ?? before?.RoleARN,
        SuspendedState: { ...before?.SuspendedState, ...registration.SuspendedState },
        createdAt: before?.createdAt ?? machine.clock.now(),
      };
      // AWS brings the count between the limits with every update, also with one that does not mention them:
      // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
      limit(ResourceId, minimum, maximum);
      targets.set(keyOf(target), target);
      return target;
    },
  };
}
