import { ALL, type FleetTarget } from '../../schemas/target.ts';
import type { NightshiftConfig } from './schema.ts';

/** All that is declared, for what looks at everything. */
export function fleetTarget({ dailyHealthCheck }: Pick<NightshiftConfig, 'dailyHealthCheck'>): FleetTarget {
  return {
    kind: 'fleet',
    name: ALL,
    startsAtMost: dailyHealthCheck.startsAtMost,
    alarms: [],
    observeSeconds: 0,
  };
}
