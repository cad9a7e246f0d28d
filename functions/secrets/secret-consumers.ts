import { type ContainerDefinition, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { SecretTarget } from '../../schemas/secret.ts';
import { ecs } from '../ecs/client.ts';
import { controllerOf, type DeclaredService, readDeclared } from '../ecs/consumers.ts';
import { primaryOf } from '../ecs/describe-service.ts';
import { secretReferences } from '../ecs/secret-references.ts';
import type { SecretSituation } from './state.ts';

type Consumer = SecretSituation['consumers'][number];

/** Who is given a secret, and how, as their task definitions say. */
export async function secretConsumers(
  secret: Pick<SecretTarget, 'consumers' | 'secretArn'>,
): Promise<Consumer[]> {
  const services = await readDeclared(secret);
  return Promise.all(services.map((one) => describeConsumer(one, secret.secretArn)));
}

async function describeConsumer({ target, service }: DeclaredService, secretArn: string): Promise<Consumer> {
  const primary = service && primaryOf(service);
  const taskDefinition = primary?.taskDefinition ?? service?.taskDefinition ?? null;
  const containers = taskDefinition === null ? [] : await containersOf(taskDefinition);
  const { refers, injected, pinned } = secretReferences(containers, secretArn);
  return {
    name: target.name,
    cluster: target.cluster,
    service: target.service,
    taskDefinition,
    desired: service?.desiredCount ?? 0,
    pinned: [...pinned],
    refers,
    injected,
    controller: service === undefined ? 'none' : controllerOf(service),
    deployedAt: primary?.createdAt?.toISOString() ?? null,
    rollingOut: primary?.rolloutState === 'IN_PROGRESS',
  };
}

async function containersOf(taskDefinition: string): Promise<ContainerDefinition[]> {
  const described = await ecs().send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return described.taskDefinition?.containerDefinitions ?? [];
}
