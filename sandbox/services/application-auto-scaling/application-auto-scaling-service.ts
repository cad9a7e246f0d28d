import type { Machine, Resource, Service } from '../../contract.ts';

/** Scaling targets and policies as records: the sandbox does not scale by itself. Its API is not offered. */
export function createApplicationAutoScalingService(machine: Machine): Service {
  const record = (resource: Resource) => ({
    ref: machine.arn('application-autoscaling', `scalable-target/${resource.physicalName()}`),
  });
  return {
    name: 'application-auto-scaling',
    apis: [],
    providers: [
      'AWS::ApplicationAutoScaling::ScalableTarget',
      'AWS::ApplicationAutoScaling::ScalingPolicy',
    ].map((type) => ({ type, create: record })),
    close() {},
  };
}
