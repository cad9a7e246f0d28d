import {
  AddTagsToResourceCommand,
  ModifyDBInstanceCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { Tag } from '../../schemas/names.ts';
import { NeedsHuman, PreconditionFailed, Transient } from '../errors.ts';
import { rds } from './client.ts';
import { type ListedInstance, listInstances } from './list-instances.ts';
import {
  decideNaming,
  describe,
  describeSwap,
  identifierOf,
  type Name,
  partners,
  type Swap,
  swapPosition,
  type Which,
} from './swap-position.ts';

/**
 * Marks both instances as partners of a swap before the first of them is renamed: a later run finds a half-way swap by it.
 * A mark on which both agree stays: that run began the swap which this one finishes.
 */
export async function markBoth(instances: readonly ListedInstance[], swap: Swap): Promise<void> {
  const both = Object.values(partners(instances, swap)).filter((one) => one !== undefined);
  const marks = new Set(both.map(({ tags }) => tags[Tag.swap]));
  if (marks.size === 1 && !marks.has(undefined)) return;
  for (const { arn, tags } of both)
    if (tags[Tag.swap] !== swap.run)
      await rds().send(
        new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: Tag.swap, Value: swap.run }] }),
      );
}

/** Takes the marks away where both have their old names for good: nothing is half-way any more. */
export async function unmarkBoth(instances: readonly ListedInstance[], swap: Swap): Promise<void> {
  if (swapPosition(instances, swap) !== 'before') return;
  for (const one of Object.values(partners(instances, swap)))
    if (one?.tags[Tag.swap] !== undefined)
      await rds().send(new RemoveTagsFromResourceCommand({ ResourceName: one.arn, TagKeys: [Tag.swap] }));
}

/**
 * Asks RDS to give an instance one of the names of a swap. Returns when it has been asked for, by this call or by one before.
 *
 * @throws Transient while RDS cannot, PreconditionFailed where the name is taken
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html
 */
export async function rename(
  instance: ListedInstance,
  swap: Swap,
  { which, name }: { readonly which: Which; readonly name: Name },
  abortSignal: AbortSignal,
): Promise<void> {
  const { identifier, resourceId } = instance;
  const to = identifierOf(swap, name);
  try {
    const { DBInstance } = await rds().send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: identifier,
        NewDBInstanceIdentifier: to,
        ApplyImmediately: true,
      }),
      { abortSignal },
    );
    // RDS renames whoever has the name when it is asked; it cannot be asked by resource id.
    if (DBInstance !== undefined && DBInstance.DbiResourceId !== resourceId)
      throw new NeedsHuman(
        `While ${describe(instance)} was about to be renamed to ${to}, somebody gave its name to the instance ${DBInstance.DbiResourceId}, which is now being renamed instead. Rename that one back in the RDS console.`,
        { resourceId: DBInstance.DbiResourceId },
      );
  } catch (error) {
    if (error instanceof NeedsHuman) throw error;
    // The client tries again by itself: after an attempt that took effect without an answer, the next one fails.
    const now = await listInstances();
    const naming = decideNaming(now, swap, which, name);
    if (naming.kind === 'asked' || naming.kind === 'named') return;
    throw explain(error as Error, describe(instance), to, describeSwap(now, swap));
  }
}

/** What RDS's refusal means to the operator; other errors are as they are. */
function explain(error: Error, instance: string, to: string, standing: string): Error {
  const facts = { cause: error.name };
  if (/^InvalidDBInstanceState|^DBInstanceNotFound/.test(error.name))
    return new Transient(
      `RDS does not rename ${instance} to ${to} just now: ${error.message} It is tried again. Now ${standing}.`,
      facts,
    );
  if (error.name.startsWith('DBInstanceAlreadyExists'))
    return new PreconditionFailed(
      `RDS did not rename ${instance} to ${to}: the name is taken. Now ${standing}. Free the name, then start the runbook again.`,
      facts,
    );
  return error;
}
