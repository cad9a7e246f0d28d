import { markContext } from './context-marks.ts';
import { takeLabel } from './map-label.ts';
import type { PreparedDefinition } from './prepare-definition.ts';

// biome-ignore lint/suspicious/noExplicitAny: a state is JSON, validated before it is read.
type Any = any;

interface MapDefinition {
  /** What runs for each item or batch. */
  readonly processor: { readonly definition: Any; readonly prepared: PreparedDefinition };
  /** The fields that make the items, their limits and their results, with marks for values of the context. */
  readonly fields: Any;
}

/** A Map state whose iterations are part of the execution. */
export interface InlineMap extends MapDefinition {
  readonly mode: 'INLINE';
}

/** A Map state whose iterations are executions of their own. */
export interface DistributedMap extends MapDefinition {
  readonly mode: 'DISTRIBUTED';
  readonly label: string;
  readonly type: 'STANDARD' | 'EXPRESS';
}

/** Prepares the processor of a Map state. */
type Prepare = (processor: Any) => PreparedDefinition;

/** Fields that only a distributed Map state has. */
const DISTRIBUTED_FIELDS = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'Label',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
];
/** Fields of a Map state, beside those of any state. */
const FIELDS = [...DISTRIBUTED_FIELDS, 'ItemsPath', 'ItemSelector', 'MaxConcurrency', 'MaxConcurrencyPath'];

/**
 * What a Map state is to do.
 *
 * @param labels of the other distributed Map states; takes the label of this one
 * @throws Error where it is wrong, or uses what the sandbox does not carry out
 */
export function readMap(
  name: string,
  state: Any,
  labels: Set<string>,
  prepare: { readonly inline: Prepare; readonly distributed: Prepare },
): InlineMap | DistributedMap {
  if (state.Assign)
    throw new Error(`the Map state '${name}' has Assign, which the sandbox does not carry out`);
  const mode = (state.ItemProcessor ?? state.Iterator).ProcessorConfig?.Mode;
  return mode === 'DISTRIBUTED'
    ? readDistributedMap(name, state, labels, prepare.distributed)
    : readInlineMap(name, state, prepare.inline);
}

function readInlineMap(name: string, state: Any, prepare: Prepare): InlineMap {
  const found = DISTRIBUTED_FIELDS.filter((field) => state[field] !== undefined);
  if (found.length > 0)
    throw new Error(`the Map state '${name}' is inline, and cannot have ${found.join(', ')}`);
  const definition = state.ItemProcessor ?? state.Iterator;
  const { Parameters, ...fields } = state;
  return {
    mode: 'INLINE',
    processor: { definition, prepared: prepare(definition) },
    // An older name of the same.
    fields: fieldsOf(name, Parameters ? { ...fields, ItemSelector: Parameters } : fields),
  };
}

function fieldsOf(name: string, state: Any): Any {
  const fields = Object.fromEntries(Object.entries(state).filter(([field]) => FIELDS.includes(field)));
  if (JSON.stringify(fields).includes('$$.Execution.Input'))
    throw new Error(
      `the Map state '${name}' uses '$$.Execution.Input', which the sandbox cannot evaluate there`,
    );
  return markContext(name, fields);
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html */
function readDistributedMap(name: string, state: Any, labels: Set<string>, prepare: Prepare): DistributedMap {
  const refuse = (what: string) => {
    throw new Error(`the Map state '${name}' has ${what}, which the sandbox does not carry out`);
  };
  const only = (where: string, value: Any, known: readonly string[]) => {
    for (const key of Object.keys(value ?? {}))
      if (!known.includes(key.replace(/\.\$$/, ''))) refuse(`${where}.${key}`);
  };
  const { ItemReader, ItemBatcher, ResultWriter } = state;
  if (state.Parameters) refuse('Parameters (ItemSelector is the same)');
  if (ItemReader) {
    if (ItemReader.Resource !== 'arn:aws:states:::s3:getObject')
      refuse(`an ItemReader of ${ItemReader.Resource}`);
    if (ItemReader.ReaderConfig?.InputType !== 'JSON')
      refuse(`an ItemReader of the type ${ItemReader.ReaderConfig?.InputType}`);
    if (state.ItemsPath) refuse('both ItemReader and ItemsPath');
    only('ItemReader', ItemReader, ['Resource', 'ReaderConfig', 'Parameters']);
    only('ReaderConfig', ItemReader.ReaderConfig, ['InputType', 'MaxItems', 'MaxItemsPath']);
    only('ItemReader.Parameters', ItemReader.Parameters, ['Bucket', 'Key']);
  }
  if (ItemBatcher) {
    const limits = [
      'MaxItemsPerBatch',
      'MaxItemsPerBatchPath',
      'MaxInputBytesPerBatch',
      'MaxInputBytesPerBatchPath',
    ];
    only('ItemBatcher', ItemBatcher, [...limits, 'BatchInput']);
    if (!limits.some((limit) => limit in ItemBatcher))
      throw new Error(`the ItemBatcher of the Map state '${name}' needs a limit`);
  }
  if (ResultWriter) {
    if (ResultWriter.Resource !== 'arn:aws:states:::s3:putObject')
      refuse(`a ResultWriter of ${ResultWriter.Resource}`);
    only('ResultWriter', ResultWriter, ['Resource', 'Parameters']);
    only('ResultWriter.Parameters', ResultWriter.Parameters, ['Bucket', 'Prefix']);
  }
  const { ProcessorConfig, ...processor } = state.ItemProcessor ?? state.Iterator;
  if (ProcessorConfig.ExecutionType === 'EXPRESS') refuseInExpress(name, processor);
  return {
    mode: 'DISTRIBUTED',
    label: takeLabel(name, state.Label, labels),
    type: ProcessorConfig.ExecutionType,
    processor: { definition: processor, prepared: prepare(processor) },
    fields: fieldsOf(name, state),
  };
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html */
function refuseInExpress(name: string, processor: Any): void {
  const text = JSON.stringify(processor);
  for (const part of ['.waitForTaskToken', '.sync', '"Mode":"DISTRIBUTED"'])
    if (text.includes(part))
      throw new Error(`the Map state '${name}' runs express workflows, which cannot have ${part}`);
}
