import { type Binding, LONG_SECONDS, SHORT_SECONDS } from './binding.ts';
import type { Grants } from './grants.ts';

/** To look at everything that a run may wait for. */
const looking = (grants: Grants) => [
  grants.describeServices,
  grants.describeInstances,
  grants.describeSnapshots,
  grants.describeTasks,
  grants.describeTaskDefinitions,
  // Why a rotation fails is told by its keeper, in the run table.
  grants.describeSecrets,
  grants.readRun,
];

const closing = (grants: Grants) => [
  grants.audit,
  grants.readRun,
  grants.updateRun,
  grants.keepLock,
  grants.writeReports,
  grants.publishNotices,
];

/** Steps of every run: open, approve, wait, close. */
export const RUN_STEPS = {
  openRun: {
    entry: 'run/open-run',
    description: 'Opens a run: input, lock and guards',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'lockTable', 'runTable'],
    grants: (all) => [
      all.audit,
      all.readRun,
      all.updateRun,
      all.runsOfTarget,
      all.takeLock,
      all.readUndeclaredTargets,
      all.listTargets,
      all.readPolicy,
      all.readSwitch,
      all.readCalendars,
      all.describeAlarms,
      all.readMuteRules,
      all.describeServices,
    ],
  },
  closeRun: {
    entry: 'run/close-run',
    description: 'Closes a run: outcome, lock, report and notice',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['lockTable', 'runTable', 'reportBucket', 'noticeTopic', 'pageTopic', 'runbookPages'],
    grants: closing,
  },
  requestApproval: {
    entry: 'run/request-approval',
    description: 'Asks a person to approve a plan',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['deployment', 'runTable', 'pageTopic'],
    grants: (all) => [all.audit, all.updateRun, all.readPolicy, all.publishPages],
  },
  confirmApproval: {
    entry: 'run/confirm-approval',
    description: 'Compares an approval with the plan as it is now',
    timeoutSeconds: SHORT_SECONDS,
    environment: ['runTable'],
    grants: (all) => [all.audit, all.readRun, all.updateRun],
  },
  resumeWaitingRun: {
    answersTokens: true,
    entry: 'wait/resume-waiting-run',
    description: 'Lets a waiting run go on when its resource has an event',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable', 'waitTable'],
    grants: (all) => [all.audit, all.waitsOfResource, ...looking(all)],
  },
  sweepWaitingRuns: {
    answersTokens: true,
    entry: 'wait/sweep-waiting-runs',
    description: 'Finds what an event missed for waiting runs',
    timeoutSeconds: LONG_SECONDS,
    environment: ['runTable', 'waitTable', 'lockTable'],
    grants: (all) => [all.audit, all.allWaits, all.keepLock, ...looking(all)],
  },
  reapRun: {
    entry: 'run/reap-run',
    description: 'Closes runs that could not close themselves',
    timeoutSeconds: LONG_SECONDS,
    environment: ['lockTable', 'runTable', 'reportBucket', 'noticeTopic', 'pageTopic', 'runbookPages'],
    grants: closing,
  },
} satisfies Record<string, Binding>;
