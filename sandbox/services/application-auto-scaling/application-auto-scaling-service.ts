import * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { Machine, Resource, Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { createScalableTargets, keyOf, type ScalableTarget } from './scalable-targets.ts';

const PAGE = 50;

/**
 * Application Auto Scaling for ECS services: scalable targets, and scaling policies as records. The sandbox does not scale by
 * itself, so a desired count outside of the limits stays: on AWS too it is an alarm that brings it back, which a service without
 * tasks sets off late or never.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
 */
export function createApplicationAutoScalingService(machine: Machine): Service {
  const targets = createScalableTargets(machine);
  const suspension = (state: sdk.SuspendedState | undefined) => ({
    DynamicScalingInSuspended: state?.DynamicScalingInSuspended ?? false,
    DynamicScalingOutSuspended: state?.DynamicScalingOutSuspended ?? false,
    ScheduledScalingSuspended: state?.ScheduledScalingSuspended ?? false,
  });
  const show = ({ createdAt, RoleARN, SuspendedState, ...target }: ScalableTarget) => ({
    ...target,
    RoleARN: RoleARN ?? targets.serviceLinkedRole,
    CreationTime: new Date(createdAt),
    SuspendedState: suspension(SuspendedState),
  });

  function createTarget(resource: Resource) {
    refuseUnknown(resource, [
      'ServiceNamespace',
      'ResourceId',
      'ScalableDimension',
      'MinCapacity',
      'MaxCapacity',
      'RoleARN',
      'SuspendedState',
    ]);
    const { properties } = resource;
    const target = targets.register({
      ServiceNamespace: properties.ServiceNamespace,
      ResourceId: properties.ResourceId,
      ScalableDimension: properties.ScalableDimension,
      MinCapacity: Number(properties.MinCapacity),
      MaxCapacity: Number(properties.MaxCapacity),
      RoleARN: properties.RoleARN,
      SuspendedState: properties.SuspendedState,
    });
    return {
      ref: `${target.ResourceId}|${target.ScalableDimension}|${target.ServiceNamespace}`,
      attributes: { Id: target.ScalableTargetARN },
    };
  }

  return {
    name: 'application-auto-scaling',
    apis: [
      {
        signingNames: ['application-autoscaling'],
        sdk,
        client: 'ApplicationAutoScalingClient',
        operations: {
          DescribeScalableTargets: {
            permissions: () => [{ action: 'application-autoscaling:DescribeScalableTargets', resource: '*' }],
            handle(input) {
              refuseMembers(input, [
                'ServiceNamespace',
                'ResourceIds',
                'ScalableDimension',
                'MaxResults',
                'NextToken',
              ]);
              const found = targets
                .all()
                .filter(
                  (target) =>
                    target.ServiceNamespace === input.ServiceNamespace &&
                    (input.ResourceIds?.includes(target.ResourceId) ?? true) &&
                    target.ScalableDimension === (input.ScalableDimension ?? target.ScalableDimension),
                );
              const { page, nextToken } = paginate(
                found,
                input.NextToken,
                input.MaxResults ?? PAGE,
                'InvalidNextTokenException',
              );
              return { ScalableTargets: page.map(show), NextToken: nextToken };
            },
          },
          RegisterScalableTarget: {
            permissions: (input) => [
              {
                action: 'application-autoscaling:RegisterScalableTarget',
                resource: targets.find(keyOf(input))?.ScalableTargetARN ?? targets.newArn('*'),
                conditions: {
                  'application-autoscaling:service-namespace': input.ServiceNamespace,
                  'application-autoscaling:scalable-dimension': input.ScalableDimension,
                },
              },
            ],
            handle(input) {
              refuseMembers(input, [
                'ServiceNamespace',
                'ResourceId',
                'ScalableDimension',
                'MinCapacity',
                'MaxCapacity',
                'RoleARN',
                'SuspendedState',
              ]);
              return { ScalableTargetARN: targets.register(input).ScalableTargetARN };
            },
          },
        },
      },
    ],
    providers: [
      { type: 'AWS::ApplicationAutoScaling::ScalableTarget', create: createTarget },
      {
        type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
        create: (resource) => ({
          ref: machine.arn('autoscaling', `scalingPolicy:${resource.physicalName()}`),
        }),
      },
    ],
    close() {},
  };
}
