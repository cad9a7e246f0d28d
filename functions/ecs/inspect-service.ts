import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
} from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { describeService, primaryOf } from './describe-service.ts';
import { InspectedService } from './state.ts';
import { short } from './steadiness.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Looks at what runs, and whether a deployment is in progress. */
export const handler = step({
  name: 'inspect-service',
  phase: 'plan',
  input: Input,
  output: InspectedService,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<InspectedService> {
  const service = await describeService(target);
  const primary = primaryOf(service);
  const controller = service.deploymentController?.type ?? 'ECS';
  const inspected: InspectedService = {
    serviceArn: service.serviceArn ?? '',
    controller,
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    taskDefinition: primary?.taskDefinition ?? service.taskDefinition ?? '',
    since: primary?.createdAt?.toISOString() ?? '',
    rolloutState: primary?.rolloutState ?? 'UNKNOWN',
    failedTasks: primary?.failedTasks ?? 0,
    // Other controllers have no service deployments.
    inProgress: controller === 'ECS' ? await deploymentInProgress(target) : null,
  };
  await audit(
    run.id,
    tools,
    'observation',
    `${short(inspected.taskDefinition)} runs since ${inspected.since.slice(0, 19)}Z (${inspected.rolloutState}; ${inspected.runningCount} of ${inspected.desiredCount} tasks).`,
    inspected,
  );
  return inspected;
}

async function deploymentInProgress(target: ServiceTarget): Promise<InspectedService['inProgress']> {
  const { serviceDeployments = [] } = await ecs().send(
    new ListServiceDeploymentsCommand({
      cluster: target.cluster,
      service: target.service,
      status: ['PENDING', 'IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'],
    }),
  );
  const [newest] = serviceDeployments;
  if (newest?.serviceDeploymentArn === undefined) return null;
  const described = await ecs().send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [newest.serviceDeploymentArn] }),
  );
  const source = described.serviceDeployments?.[0]?.sourceServiceRevisions?.[0]?.arn;
  return {
    serviceDeployment: newest.serviceDeploymentArn,
    status: newest.status ?? '',
    returnsTo: source === undefined ? null : await taskDefinitionOf(source),
  };
}

async function taskDefinitionOf(serviceRevision: string): Promise<string | null> {
  const { serviceRevisions = [] } = await ecs().send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [serviceRevision] }),
  );
  return serviceRevisions[0]?.taskDefinition ?? null;
}
