import type { Account } from './account.ts';
import { DURATIONS } from './durations.ts';
import { EndsAs } from './lifecycle.ts';
import type { Instance } from './model.ts';

/**
 * Lets a restore hang, or fail late: RDS has accepted it, and finds out while it works.
 *
 * @param effect of a fault, if there is one
 * @throws EndsAs where it fails
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
 */
export async function spoilRestore(
  { lifecycle, events }: Account,
  instance: Instance,
  keyAccessible: boolean,
  effect: string | undefined,
): Promise<void> {
  if (effect === 'hang') await lifecycle.hang(instance);
  if (keyAccessible && effect !== 'fail') return;
  await lifecycle.phase(instance, 'creating', DURATIONS.restore / 2, async () => {});
  if (!keyAccessible) {
    events.ofInstance(
      instance,
      'RDS-EVENT-0418',
      `Amazon RDS is unable to access the KMS encryption key for database instance ${instance.identifier}. This is likely due to the key being disabled or Amazon RDS being unable to access it. If this continues the database will be placed into an inaccessible state. Please refer to the troubleshooting section in the Amazon RDS documentation for further details.`,
    );
    throw new EndsAs('incompatible-restore');
  }
  events.ofInstance(
    instance,
    'RDS-EVENT-0031',
    'DB instance put into restore-error state. RDS recommends that you initiate a point-in-time-restore.',
  );
  throw new EndsAs('restore-error');
}

/** The data have filled the storage: the server does not run on, though the instance has its endpoint. */
export async function fillStorage({ events }: Account, instance: Instance): Promise<never> {
  await instance.server?.stop();
  events.ofInstance(
    instance,
    'RDS-EVENT-0007',
    'Allocated storage has been exhausted. Allocate additional storage to resolve.',
  );
  throw new EndsAs('storage-full');
}
