import { randomUUID } from 'node:crypto';
import { AwsError } from '../../contract.ts';
import { batchItems } from './batch-items.ts';
import type { MapRunBatch } from './map-run.ts';
import type { MapSettings } from './map-settings.ts';
import { fillTemplate, followPath, type TemplateSources } from './payload-template.ts';
import { StateError } from './state-error.ts';
import { requireStateSize } from './state-size.ts';
import { callerOf, type TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: items and the fields of a state are JSON.
type Any = any;

/** The array that a Map state's input gives it. @throws StateError where it is none */
export async function itemsOfInput(fields: Any, sources: TemplateSources): Promise<Any[]> {
  const path: string = fields.ItemsPath ?? '$';
  const items = await followPath(path, sources);
  if (Array.isArray(items)) return items;
  throw new StateError('States.Runtime', `Reference path "${path}" must point to array.`);
}

/**
 * The array in an object of S3.
 *
 * @throws StateError named States.ItemReaderFailed where it cannot be read or is none
 */
export async function readItems(
  scope: TaskScope,
  { ItemReader }: Any,
  maxItems: number | undefined,
  sources: TemplateSources,
): Promise<Any[]> {
  const { Bucket, Key } = await fillTemplate(ItemReader.Parameters, sources);
  const fail = (cause: string) => {
    throw new StateError('States.ItemReaderFailed', cause);
  };
  let items: Any;
  try {
    const content = await scope.machine.engines.getObject(Bucket, Key, { caller: callerOf(scope) });
    items = JSON.parse(content.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    fail(
      error instanceof AwsError ? s3Failure(error) : `The object is not JSON: ${(error as Error).message}`,
    );
  }
  if (!Array.isArray(items)) fail('Attempting to map over non-iterable node.');
  return items.slice(0, maxItems);
}

/** A refusal of S3 as Step Functions tells it. */
export function s3Failure({ message, status }: AwsError): string {
  return `${message} (Service: S3, Status Code: ${status})`;
}

/** What the iterations are given, where that is not the items themselves. */
export async function selectItems(
  items: readonly Any[],
  { ItemSelector }: Any,
  sources: TemplateSources,
): Promise<readonly Any[]> {
  if (!ItemSelector) return items;
  const select = (item: Any, index: number) =>
    fillTemplate(ItemSelector, { ...sources, context: { ...sources.context, ...itemContext(item, index) } });
  return Promise.all(items.map(select));
}

/** The part of the context that an item has for itself. */
export function itemContext(Value: Any, Index: number): Record<string, unknown> {
  return { Map: { Item: { Index, Value } } };
}

/** The inputs of the child executions: an item each, or batches of items. @throws StateError where one is too large */
export async function batchesOf(
  items: readonly Any[],
  { ItemBatcher, ...fields }: Any,
  settings: MapSettings,
  sources: TemplateSources,
): Promise<MapRunBatch[]> {
  const selected = await selectItems(items, fields, sources);
  const common = ItemBatcher?.BatchInput && (await fillTemplate(ItemBatcher.BatchInput, sources));
  const batches = ItemBatcher
    ? batchItems(selected, settings.batches, common)
    : selected.map((item) => ({ input: JSON.stringify(item), items: 1 }));
  return batches.map((batch) => {
    requireStateSize(JSON.parse(batch.input), 'A child execution was given an input');
    return { ...batch, name: randomUUID() };
  });
}
