import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import type { ServiceTarget } from '../../schemas/target.ts';
import { client } from '../clients.ts';
import type { AlarmNow } from './guards.ts';

const ecs = client(ECSClient);
const MOST_CHANGES = 10;

/** What changed lately around a service, newest first: its deployments, its latest events, its alarms. */
export async function recentChanges(
  target: ServiceTarget,
  alarms: readonly AlarmNow[],
): Promise<Array<{ at: string; what: string }>> {
  const { services = [] } = await ecs().send(
    new DescribeServicesCommand({ cluster: target.cluster, services: [target.service] }),
  );
  const [service] = services;
  const deployments = (service?.deployments ?? []).map(({ createdAt, taskDefinition, rolloutState }) => ({
    at: createdAt?.toISOString() ?? '',
    what: `deployment of ${taskDefinition?.split('/').at(-1)} began (${rolloutState})`,
  }));
  const events = (service?.events ?? [])
    .slice(0, 5)
    .map(({ createdAt, message }) => ({ at: createdAt?.toISOString() ?? '', what: message ?? '' }));
  const changes = alarms.map(({ name, state, since }) => ({ at: since, what: `alarm ${name} is ${state}` }));
  return [...deployments, ...events, ...changes]
    .sort((left, right) => (left.at < right.at ? 1 : -1))
    .slice(0, MOST_CHANGES);
}
