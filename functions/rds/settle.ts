import type { ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { carryOver } from './carry-over.ts';
import type { InspectedInstance, InstanceSettings } from './state.ts';

/** What a member of ModifyDBInstance is now. */
const CURRENT: Readonly<Record<string, (settings: InstanceSettings) => unknown>> = {
  MaxAllocatedStorage: ({ maxAllocatedGigabytes }) => maxAllocatedGigabytes,
  MonitoringInterval: ({ monitoringInterval }) => monitoringInterval,
  MonitoringRoleArn: ({ monitoringRoleArn }) => monitoringRoleArn,
  EnablePerformanceInsights: ({ performanceInsights }) => performanceInsights,
  PerformanceInsightsRetentionPeriod: ({ performanceInsightsDays }) => performanceInsightsDays,
  PerformanceInsightsKMSKeyId: ({ performanceInsightsKeyId }) => performanceInsightsKeyId,
  PreferredMaintenanceWindow: ({ maintenanceWindow }) => maintenanceWindow,
};

/** Settings of the original that a restored instance does not have yet and that no restore could give. */
export function stillToModify(
  original: Pick<InspectedInstance, 'settings' | 'engineVersion'>,
  restored: InstanceSettings,
): Partial<ModifyDBInstanceMessage> {
  const { modify } = carryOver(original.settings, {
    kind: 'snapshot',
    engineVersion: original.engineVersion,
  });
  const missing = Object.entries(modify).filter(([member, wanted]) => CURRENT[member]?.(restored) !== wanted);
  return Object.fromEntries(missing);
}

/**
 * Whether RDS takes a text as the master's password.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
export function isMasterPassword(password: string): boolean {
  return /^[!-~]{8,128}$/.test(password) && !/[/@"]/.test(password);
}
