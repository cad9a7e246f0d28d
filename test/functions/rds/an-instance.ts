import { inspectedInstance } from '../../../functions/rds/instance-settings.ts';
import type { InspectedInstance, InstanceSettings } from '../../../functions/rds/state.ts';

/** An instance as `inspect-instance` tells it. */
export function anInstance(
  settings: Partial<InstanceSettings> = {},
  members: Partial<InspectedInstance> = {},
): InspectedInstance {
  const identifier = members.identifier ?? 'orders';
  const plain = inspectedInstance({
    DBInstanceIdentifier: identifier,
    DBInstanceArn: `arn:aws:rds:us-east-1:123456789012:db:${identifier}`,
    DbiResourceId: 'db-1',
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: 20,
    StorageEncrypted: true,
    BackupRetentionPeriod: 7,
  });
  return { ...plain, ...members, settings: { ...plain.settings, ...settings } };
}
