import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lookAtConsumers } from '../../../functions/ecs/look-at-consumers.ts';
import { lookAtService } from '../../../functions/ecs/look-at-service.ts';
import { lookAtTask } from '../../../functions/ecs/look-at-task.ts';

// biome-ignore lint/suspicious/noExplicitAny: the calls of many commands.
type Any = any;

/** What was asked of ECS, and what it answers by the name of the command. */
const calls: Array<{ name: string; input: Any }> = [];
let answers: Record<string, (input: Any) => unknown> = {};
const send = async (command: Any) => {
  const name = command.constructor.name.replace(/Command$/, '');
  calls.push({ name, input: command.input });
  return answers[name]?.(command.input) ?? {};
};
vi.mock('../../../functions/ecs/client.ts', () => ({
  ecs: () => ({ send: (command: Any) => send(command) }),
}));

beforeEach(() => {
  calls.length = 0;
  answers = {};
});

const stopped = (serviceName: string) => ({
  serviceName,
  status: 'ACTIVE',
  desiredCount: 0,
  runningCount: 0,
  pendingCount: 0,
});
const wanted = (cluster: string, service: string) => ({
  name: service,
  cluster,
  service,
  running: 0,
  taskDefinition: null,
});

describe('a look at services', () => {
  it('asks for ten of one cluster at a time, and misses none', async () => {
    answers.DescribeServices = ({ services }) => ({ services: services.map(stopped) });
    const services = [
      ...Array.from({ length: 21 }, (_, index) => wanted('main', `api-${index}`)),
      wanted('other', 'api-0'),
    ];
    expect((await lookAtConsumers({ services } as Any)).state).toBe('done');
    expect(calls.map(({ input }) => [input.cluster, input.services.length])).toEqual([
      ['main', 10],
      ['main', 10],
      ['main', 1],
      ['other', 1],
    ]);
  });

  it('tells services of one name in two clusters apart', async () => {
    answers.DescribeServices = ({ cluster }) => ({
      services: [{ ...stopped('api'), runningCount: cluster === 'main' ? 0 : 1 }],
    });
    const verdict = await lookAtConsumers({
      services: [wanted('main', 'api'), wanted('other', 'api')],
    } as Any);
    expect(verdict.state).toBe('waiting');
  });

  it('asks nothing for none', async () => {
    expect((await lookAtConsumers({ services: [] } as Any)).state).toBe('done');
    expect(calls).toEqual([]);
  });

  it('fails when the service that was to be steady is gone', async () => {
    answers.DescribeServices = () => ({ failures: [{ reason: 'MISSING' }] });
    const target = { cluster: 'main', service: 'api' };
    expect(await lookAtService({ target, wanted: 'api:7' } as Any)).toMatchObject({
      state: 'failed',
      error: 'VerificationFailed',
      cause: expect.stringContaining('no active service "api" in the cluster "main" any more'),
    });
  });
});

describe('a look at a task', () => {
  const parked = { cluster: 'main', taskArn: 'task/main/0123', parkedAt: new Date().toISOString() } as Any;
  const task = { taskDefinitionArn: 'migrate:3', containers: [{ name: 'migrate', exitCode: 0 }] };

  it('asks which containers count once it has stopped', async () => {
    const containers = [...task.containers, { name: 'log-router', exitCode: 137 }];
    answers.DescribeTasks = () => ({ tasks: [{ ...task, lastStatus: 'STOPPED', containers }] });
    answers.DescribeTaskDefinition = () => ({
      taskDefinition: {
        containerDefinitions: [
          { name: 'migrate', essential: true },
          { name: 'log-router', essential: false },
        ],
      },
    });
    expect((await lookAtTask(parked)).state).toBe('done');
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['DescribeTasks', { cluster: 'main', tasks: ['task/main/0123'] }],
      ['DescribeTaskDefinition', { taskDefinition: 'migrate:3' }],
    ]);
  });

  it('asks for nothing more while it runs', async () => {
    answers.DescribeTasks = () => ({ tasks: [{ ...task, lastStatus: 'RUNNING' }] });
    expect((await lookAtTask(parked)).state).toBe('waiting');
    expect(calls).toHaveLength(1);
  });

  it('goes on when ECS does not know it yet', async () => {
    answers.DescribeTasks = () => ({ failures: [{ reason: 'MISSING' }] });
    expect((await lookAtTask(parked)).state).toBe('waiting');
  });
});
