import type { Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { anywhere, type EcsAccount } from './ecs-account.ts';

/** The operations on task definitions. */
export function taskDefinitionOperations(account: EcsAccount): Record<string, Operation> {
  const { machine, definitions } = account;
  return {
    RegisterTaskDefinition: {
      permissions: (input) => [
        {
          action: 'ecs:RegisterTaskDefinition',
          resource: machine.arn('ecs', `task-definition/${input.family}:*`),
        },
      ],
      handle(input) {
        const { tags, ...definition } = input;
        const registered = definitions.register(definition, tags);
        return { taskDefinition: definitions.show(registered), tags };
      },
    },

    DescribeTaskDefinition: {
      permissions: anywhere('DescribeTaskDefinition'),
      handle(input) {
        const found = definitions.find(input.taskDefinition);
        return {
          taskDefinition: definitions.show(found),
          ...(input.include?.includes('TAGS') ? { tags: found.tags } : {}),
        };
      },
    },

    ListTaskDefinitions: {
      permissions: anywhere('ListTaskDefinitions'),
      handle(input) {
        const { page, nextToken } = paginate(
          definitions.list(input.familyPrefix),
          input.nextToken,
          input.maxResults ?? 100,
        );
        return { taskDefinitionArns: page.map(({ arn }) => arn), nextToken };
      },
    },

    DeregisterTaskDefinition: {
      permissions: anywhere('DeregisterTaskDefinition'),
      handle: (input) => ({ taskDefinition: definitions.show(definitions.deregister(input.taskDefinition)) }),
    },
  };
}
