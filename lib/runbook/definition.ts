import type { Phase } from '../../schemas/names.ts';
import type { Target } from '../../schemas/target.ts';

/** A part of the state that a step gets, and the name under which it gets it. */
export interface Reading {
  readonly as: string;
  /** JSONPath into the state: `$.restored`. */
  readonly path: string;
}

/** A step within a runbook: which function, what it reads of the state and under which key it writes. */
export interface StepState {
  readonly kind: 'step';
  /** Name of its state: that of the step's file, or one of its own where a runbook uses the step more than once. */
  readonly name: string;
  readonly functionArn: string;
  /** What the step gets of the state beside `run`, `lock` and `target`. */
  readonly reads: readonly Reading[];
  /** What the step gets as it stands here. */
  readonly gives?: Readonly<Record<string, unknown>>;
  /** Key of the state that its answer goes to; none: the answer is dropped. */
  readonly writes?: string;
  readonly timeoutSeconds: number;
  /** What is busy may stay so for half an hour. */
  readonly patient?: boolean;
  /** Waits for a task token instead of the function's answer. */
  readonly token?: { readonly timeoutSeconds: number; readonly heartbeatSeconds?: number };
}

/** A pause whose length is in the state. */
export interface PauseState {
  readonly kind: 'pause';
  readonly name: string;
  readonly secondsPath: string;
}

/** What must hold for a group to be entered. A path that the state does not have is a condition that does not hold. */
export interface Condition {
  /** JSONPath into the state: `$.plan.observed.swaps`. */
  readonly path: string;
  readonly equals: boolean | string;
}

/** States that are run together, or not at all. */
export interface GroupState {
  readonly kind: 'group';
  /** Name of the Choice before them. */
  readonly name: string;
  readonly when: Condition;
  readonly states: readonly (StepState | PauseState)[];
}

/** A step for each thing of a long list, many side by side, each in an execution of its own: one that fails keeps no other. */
export interface EachState {
  readonly kind: 'each';
  readonly name: string;
  /** Where the state says in which bucket, under which key the list lies, and with which prefix results go there. */
  readonly listPath: string;
  /** So many at a time. */
  readonly atMost: number;
  /** Which step is for which kind of thing. */
  readonly steps: ReadonlyArray<
    Pick<StepState, 'name' | 'functionArn' | 'timeoutSeconds'> & { readonly of: string }
  >;
  /** Key of the state that the place of the results goes to. */
  readonly writes: string;
}

/** A state that does something by itself. */
export type SingleState = StepState | PauseState | EachState;
export type ChainState = SingleState | GroupState;

/** Whether a runbook stops and starts the services that use its target, and so needs their locks: when it swaps, or always. */
export type LocksConsumers = 'never' | 'swap' | 'always';

export interface RunbookDefinition {
  readonly runbook: string;
  readonly targetKind: Target['kind'];
  readonly comment: string;
  readonly locksConsumers: LocksConsumers;
  /** It is done every so often, and is no remedy that could fail to hold. */
  readonly routine: boolean;
  /** Nobody starts it without saying why. */
  readonly requiresReason: boolean;
  readonly open: StepState;
  readonly close: StepState;
  /** Absent where nothing is done that could need it. */
  readonly approval?: { readonly request: StepState; readonly confirm: StepState };
  readonly plan: readonly ChainState[];
  readonly act: readonly ChainState[];
  readonly verify: readonly ChainState[];
  readonly undo: readonly ChainState[];
  /** What is run last once the act phase was entered, however it and all that followed it ended. */
  readonly afterwards: readonly ChainState[];
  readonly timeoutSeconds: number;
}

/** What a verify step leaves in the state, by which the run is judged. */
export interface EvidenceEntry {
  readonly key: string;
  /** It may be absent: its step belongs to a group. */
  readonly optional: boolean;
}

const EVIDENCE = 'verified';

/** Key of the state under which a verify state leaves its evidence: `probe-health` → `verifiedProbeHealth`. */
export function evidenceKey(state: string): string {
  return `${EVIDENCE}${state
    .split('-')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')}`;
}

/** The evidence of all verify steps; one that writes under another kind of key is not judged. */
export function evidenceOf({ verify }: Pick<RunbookDefinition, 'verify'>): EvidenceEntry[] {
  return verify.flatMap((item) =>
    statesOf([item]).flatMap((state) =>
      state.kind === 'step' && state.writes?.startsWith(EVIDENCE)
        ? [{ key: state.writes, optional: item.kind === 'group' }]
        : [],
    ),
  );
}

/** States with those of groups in their place, without the groups' own. */
export function statesOf(items: readonly ChainState[]): SingleState[] {
  return items.flatMap((item): readonly SingleState[] => (item.kind === 'group' ? item.states : [item]));
}

/**
 * Name of the Choice before a group: `when-swaps-stop-consumers`. It has the first state in it because one condition may
 * stand before several groups.
 */
export function groupName({ path, equals }: Condition, first: string): string {
  const what = words(path.split('.').at(-1) as string);
  const condition =
    equals === true ? what : equals === false ? `not-${what}` : `${what}-is-${words(equals as string)}`;
  return `when-${condition}-${first}`;
}

/** `migratesDown` → `migrates-down`. */
const words = (text: string) =>
  text
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-');

/** State name → phase, for whoever shows progress. Choices have none: they are of no interest to whoever watches. */
export function phasesOf(definition: RunbookDefinition): Record<string, Phase> {
  const { open, plan, approval, act, verify, undo, afterwards, close } = definition;
  const phase = (items: readonly ChainState[], name: Phase) =>
    statesOf(items).map((state) => [state.name, name] as const);
  return Object.fromEntries([
    ...phase([open], 'open'),
    ...phase(plan, 'plan'),
    ...phase(Object.values(approval ?? {}), 'approve'),
    ...phase([...act, ...undo, ...afterwards], 'act'),
    ...phase(verify, 'verify'),
    ...phase([close], 'close'),
  ]);
}
