import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import type { ServiceTarget, Target } from '../../schemas/target.ts';
import { client } from '../clients.ts';
import type { AlarmNow } from './guards.ts';

const ecs = client(ECSClient);
const MOST_CHANGES = 10;

interface RecentChange {
  readonly at: string;
  readonly what: string;
}

/** What changed lately around a target, newest first: its alarms; of a service, its deployments and latest events too. */
export async function recentChanges(target: Target, alarms: readonly AlarmNow[]): Promise<RecentChange[]> {
  const changes = alarms.map(({ name, state, since }) => ({ at: since, what: `alarm ${name} is ${state}` }));
  return [...(target.kind === 'service' ? await serviceChanges(target) : []), ...changes]
    .sort((left, right) => (left.at < right.at ? 1 : -1))
    .slice(0, MOST_CHANGES);
}

async function serviceChanges(target: ServiceTarget): Promise<RecentChange[]> {
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
  return [...deployments, ...events];
}
