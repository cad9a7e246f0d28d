import {
  type ChainState,
  evidenceKey,
  evidenceOf,
  type RunbookDefinition,
  type SingleState,
  type StepState,
  statesOf,
} from './definition.ts';
import { CHOOSING } from './each.ts';
import { JOINTS } from './joints.ts';
import { GIVEN_TO_ALL } from './states.ts';

/** @see https://states-language.net/spec.html (States: "whose length MUST BE less than or equal to 80 Unicode characters") */
const LONGEST_STATE_NAME = 80;
/** A path whose first part is a key of the state. */
const PATH = /^\$\.(\w+)(?:\.\w+|\[\d+\])*$/;
/** What `open-run` leaves in the state. */
const OPENED = [...GIVEN_TO_ALL, 'opening'];

/** The steps of a runbook do not fit together. It is found at synthesis, before anything is deployed. */
export class RunbookDefinitionError extends Error {
  override readonly name = 'RunbookDefinitionError';
  readonly problems: readonly string[];

  constructor(runbook: string, problems: readonly string[]) {
    super([`The runbook ${runbook} cannot be built:`, ...problems].join('\n  '));
    this.problems = problems;
  }
}

/**
 * Refuses a runbook whose state machine would not run to its end.
 *
 * @throws RunbookDefinitionError with all that is wrong
 */
export function checkDefinition(definition: RunbookDefinition): void {
  const problems = [
    ...groupProblems(definition),
    ...nameProblems(definition),
    ...payloadProblems(definition),
    ...evidenceProblems(definition),
    ...readProblems(definition),
    ...(definition.afterwards.length > 0 && definition.act.length === 0
      ? ['it has states for afterwards, but no act phase that they could come after.']
      : []),
  ];
  if (problems.length > 0) throw new RunbookDefinitionError(definition.runbook, problems);
}

const allItems = ({ open, close, approval, plan, act, verify, undo, afterwards }: RunbookDefinition) => [
  open,
  close,
  ...Object.values<ChainState>(approval ?? {}),
  ...[plan, act, verify, undo, afterwards].flat(),
];

function groupProblems(definition: RunbookDefinition): string[] {
  return allItems(definition).flatMap((item) => {
    if (item.kind !== 'group') return [];
    return [
      ...(item.states.length === 0 ? [`the group ${item.name} has no steps.`] : []),
      ...(PATH.test(item.when.path)
        ? []
        : [
            `the group ${item.name} looks at '${item.when.path}', which is no path such as $.plan.observed.swaps.`,
          ]),
    ];
  });
}

function nameProblems(definition: RunbookDefinition): string[] {
  const items = allItems(definition);
  const names = [
    ...Object.values(JOINTS),
    ...items.flatMap((item) => (item.kind === 'group' ? [item.name] : [])),
    ...statesOf(items).flatMap((state) => [
      state.name,
      ...(state.kind === 'each' ? [CHOOSING, ...state.steps.map(({ name }) => name)] : []),
    ]),
  ];
  return [
    ...repeated(names).map(
      (name) =>
        `several states are named '${name}'; where a step is used more than once, name its states with 'as'.`,
    ),
    ...names
      .filter((name) => name.length > LONGEST_STATE_NAME)
      .map((name) => `the state's name '${name}' has more than ${LONGEST_STATE_NAME} characters.`),
  ];
}

function payloadProblems(definition: RunbookDefinition): string[] {
  return statesOf(allItems(definition)).flatMap((state) => {
    if (state.kind !== 'step') return [];
    const given = [...state.reads.map(({ as }) => as), ...Object.keys(state.gives ?? {})];
    const own = [...GIVEN_TO_ALL, 'state', ...(state.token ? ['taskToken', 'waitSeconds'] : [])];
    return repeated([...own, ...given]).map(
      (name) => `the step ${state.name} is given '${name}' more than once.`,
    );
  });
}

function evidenceProblems(definition: RunbookDefinition): string[] {
  const evidence = evidenceOf(definition).map(({ key }) => key);
  return [
    ...(evidence.length === 0 ? ['no verify step leaves evidence, so it could never be judged good.'] : []),
    ...repeated(evidence).map((key) => `several verify steps leave their evidence as '${key}'.`),
    ...statesOf(definition.verify)
      .filter((state): state is StepState => state.kind === 'step' && state.writes === undefined)
      .map(
        ({ name }) =>
          `the verify step ${name} writes nothing: give it '${evidenceKey(name)}', or another key where it leaves no evidence.`,
      ),
  ];
}

/** A state that reads a key which is not there ends the execution, past every Catch: what is read must surely be there. */
function readProblems({ plan, act, verify, undo, afterwards, approval }: RunbookDefinition): string[] {
  const problems: string[] = [];
  const opened = new Set(OPENED.map((key) => knownKey(key)));
  const planned = follow(plan, opened);
  if (approval) follow([approval.request, approval.confirm], planned);
  follow([...act, ...verify], planned);
  // Whatever state failed before has written nothing, nor did those that would have followed it.
  follow(undo, planned);
  for (const item of afterwards) follow([item], planned, false);
  return problems;

  /** What is in the state once all were run. With `writing` false, what one leaves is not counted on by the next. */
  function follow(items: readonly ChainState[], before: ReadonlySet<string>, writing = true): Set<string> {
    const known = new Set(before);
    for (const item of items) {
      const condition = item.kind === 'group' ? JSON.stringify(item.when) : '';
      for (const state of statesOf([item])) {
        const paths = pathsOf(state);
        for (const path of paths) {
          const key = PATH.exec(path)?.[1];
          if (key === undefined)
            problems.push(`${state.name} reads '${path}', which is no path such as $.plan.observed.`);
          else if (!known.has(knownKey(key)) && !known.has(knownKey(key, condition)))
            problems.push(`${state.name} reads '${key}', which no state before it has surely written.`);
        }
        if (writing && state.kind !== 'pause' && state.writes !== undefined)
          known.add(knownKey(state.writes, condition));
      }
    }
    return known;
  }
}

function pathsOf(state: SingleState): string[] {
  switch (state.kind) {
    case 'pause':
      return [state.secondsPath];
    case 'each':
      return [state.listPath];
    default:
      return state.reads.map(({ path }) => path);
  }
}

/** A key of the state, with the condition of the group that writes it. */
const knownKey = (key: string, condition = '') => `${condition}${key}`;

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}
