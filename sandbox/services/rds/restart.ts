import { startCluster } from '../../postgres/server.ts';
import type { Account } from './account.ts';
import type { Instance } from './model.ts';

/** Stops the instance's server and starts it again, at the endpoint of the name that it has then; {@link tellRestarted} is to follow. */
export async function restart(
  account: Account,
  instance: Instance,
  whileStopped: () => void = () => {},
): Promise<void> {
  const { machine, events } = account;
  const { server } = instance;
  if (!server) throw new Error(`${instance.identifier} does not run.`);
  await server.stop();
  events.ofInstance(instance, 'RDS-EVENT-0004', 'DB instance shutdown');
  whileStopped();
  const port = await account.portOf(instance.identifier);
  const archiving = instance.configuration.backupRetention > 0;
  instance.server = await startCluster(machine, server.cluster, { port, archiving });
  instance.parametersPending = false;
}

/** RDS's word that an instance answers again. */
export function tellRestarted({ events }: Account, instance: Instance): void {
  events.ofInstance(instance, 'RDS-EVENT-0006', 'DB instance restarted');
}
