import type { Grants } from './grants.ts';

/** What every step needs that changes something under a lock. */
export const acting = (grants: Grants) => [
  grants.audit,
  grants.readRun,
  grants.updateRun,
  grants.keepLock,
  grants.readSwitch,
];
