import type { DBInstance } from '@aws-sdk/client-rds';
import { ErrorName } from '../../schemas/names.ts';
import type { Verdict } from '../wait/verdict.ts';
import { LAG_MINUTES, mayLag } from './not-found-yet.ts';
import type { AvailableInstance, Awaited } from './state.ts';

/** What DescribeDBInstances says that matters here. */
export type DescribedInstance = Pick<
  DBInstance,
  'DBInstanceIdentifier' | 'DBInstanceStatus' | 'DbiResourceId' | 'Endpoint' | 'PendingModifiedValues'
>;

/**
 * Statuses in which an instance is fully operational. Storage is optimized for hours, sometimes for more than a day: nobody
 * waits for that.
 */
const OPERATIONAL = new Set(['available', 'storage-optimization', 'storage-initialization']);

/**
 * Statuses that end by themselves in no good one, by how they begin, and what a person does about them. Everything else is
 * on its way, an unknown status too: a wait for it ends with its time.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
 */
const HOPELESS: ReadonlyArray<readonly [status: string, advice: string]> = [
  [
    'failed',
    'RDS cannot recover it. Restore to another instance, and delete this one when it is not needed.',
  ],
  ['restore-error', 'Its events in RDS say why. Restore again from another snapshot or to another time.'],
  ['incompatible-restore', 'Restore again from a snapshot, or to another time.'],
  [
    'incompatible-create',
    'Its events in RDS say what does not fit; create or restore it again with that put right.',
  ],
  [
    'incompatible-network',
    'Look for free addresses in its subnets and at its security groups, then let RDS try again.',
  ],
  ['incompatible-parameters', 'Put its parameter group right and reboot it.'],
  ['incompatible-option-group', 'Put its option group right.'],
  ['incompatible-', 'Its events in RDS say what does not fit.'],
  [
    'insufficient-capacity',
    'AWS has no room for its class in this zone. Delete it and restore with another class or zone, or try again in some hours.',
  ],
  ['storage-full', 'Give it more storage at once.'],
  [
    'inaccessible-encryption-credentials',
    'Make its KMS key usable for RDS again, then start the instance: after seven days RDS gives it up.',
  ],
  ['upgrade-failed', 'Its events in RDS say why.'],
  ['delete-precheck', 'Somebody deletes it. Find out who, and whether it is needed.'],
  ['deleting', 'Somebody deletes it. Find out who, and whether it is needed.'],
  ['stopping', 'Somebody stops it. Start it when it has stopped.'],
  ['stopped', 'Somebody stopped it. Start it.'],
];

/**
 * Whether the awaited instance can be worked with: operational, the one that is meant, and without a name or password that is
 * still to be set; if asked for, without any change that is.
 *
 * @param found what RDS says; undefined where it knows no such instance
 * @param now when RDS said it
 */
export function judgeAwaitedInstance(
  awaited: Awaited,
  found: DescribedInstance | undefined,
  now: Date,
): Verdict {
  const { identifier, resourceId, since } = awaited;
  const early = mayLag(since, now);
  if (found === undefined)
    return early
      ? { state: 'waiting', seen: `RDS knows no instance ${identifier} yet` }
      : failed(
          `RDS knows no instance ${identifier}, ${LAG_MINUTES} minutes after it was asked for.`,
          'Look for it in RDS, also under its former name.',
        );
  if (resourceId !== undefined && found.DbiResourceId !== resourceId)
    return early
      ? { state: 'waiting', seen: `${identifier} is still the name of another instance` }
      : failed(
          `The instance ${identifier} is not the one that was meant: it is ${found.DbiResourceId}, not ${resourceId}, ${LAG_MINUTES} minutes after the change was asked for.`,
          'Find out under which name the other one is now, and who uses it.',
        );
  const status = found.DBInstanceStatus ?? 'without a status';
  const advice = HOPELESS.find(([beginning]) => matches(status, beginning))?.[1];
  if (advice !== undefined)
    return failed(
      `The instance ${identifier} is ${status}, and will not become available by itself.`,
      advice,
    );
  const { Endpoint: endpoint, PendingModifiedValues: pending } = found;
  if (!OPERATIONAL.has(status)) return { state: 'waiting', seen: `RDS says that it is ${status}` };
  // Lists of nothing are no change.
  const others = Object.entries(pending ?? {})
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([member]) => member)
    .filter((member) => !['MasterUserPassword', 'DBInstanceIdentifier'].includes(member));
  const unset = [
    ...(awaited.allPending ? others : []),
    ...(pending?.MasterUserPassword === undefined ? [] : ["the master user's password"]),
    ...(pending?.DBInstanceIdentifier === undefined ? [] : ['the new name']),
  ];
  if (unset.length > 0) return { state: 'waiting', seen: `RDS has yet to set ${unset.join(' and ')}` };
  if (!endpoint?.Address || !endpoint.Port || !found.DbiResourceId)
    return { state: 'waiting', seen: 'RDS says that it is available, but not yet where' };
  const output: AvailableInstance = {
    identifier: found.DBInstanceIdentifier ?? identifier,
    resourceId: found.DbiResourceId,
    host: endpoint.Address,
    port: endpoint.Port,
    at: now.toISOString(),
  };
  return { state: 'done', output, summary: `The instance ${identifier} is ${status}` };
}

/** Families of statuses end in a hyphen; `inaccessible-encryption-credentials` is followed by `-recoverable` at times. */
const matches = (status: string, beginning: string): boolean =>
  status === beginning || status.startsWith(beginning.endsWith('-') ? beginning : `${beginning}-`);

function failed(what: string, advice: string): Verdict {
  return {
    state: 'failed',
    error: ErrorName.VerificationFailed,
    cause: `${what} What this run had asked for before stays asked for; waiting changed nothing. ${advice}`,
  };
}
