import { acting } from './acting.ts';
import { type Binding, LONG_SECONDS, LONGEST_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

/** Thousands of objects change their owner one by one. */
const OWNERSHIP_SECONDS = LONGEST_SECONDS;

const administering = (all: Grants) => [all.readRoleSecrets, all.decryptRoleSecrets];

/** Steps that give what a login role owns to an owner role without login. */
export const OWNERSHIP_STEPS = {
  inspectOwnership: {
    entry: 'postgres/inspect-ownership',
    description: 'Looks at what the users of a database own and may do',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, ...administering(all)],
    needsDatabase: true,
  },
  planTakeOver: {
    entry: 'postgres/plan-take-over',
    description: 'Writes down which objects would change their owner',
    timeoutSeconds: LONG_SECONDS,
    environment: ['deployment', 'runTable'],
    grants: (all) => [all.audit, all.updateRun, all.readServices, all.listTargets, all.describeServices],
  },
  takeOverOwnership: {
    entry: 'postgres/take-over-ownership',
    description: 'Gives the objects of a login role to its owner role',
    timeoutSeconds: OWNERSHIP_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [...acting(all), ...administering(all)],
    needsDatabase: true,
  },
  verifyOwnership: {
    entry: 'postgres/verify-ownership',
    description: 'Proves that both users own nothing and may do the same',
    timeoutSeconds: 120,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readRun, ...administering(all)],
    needsDatabase: true,
  },
  giveOwnershipBack: {
    entry: 'postgres/give-ownership-back',
    description: 'Gives objects back to the login role that had them',
    timeoutSeconds: OWNERSHIP_SECONDS,
    environment: ['deployment', 'runTable', 'lockTable'],
    grants: (all) => [...acting(all), ...administering(all)],
    needsDatabase: true,
  },
} satisfies Record<string, Binding>;
