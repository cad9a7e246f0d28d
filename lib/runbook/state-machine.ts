import { checkDefinition } from './check-definition.ts';
import { evidenceOf, type RunbookDefinition } from './definition.ts';
import { JOINTS } from './joints.ts';
import { type Catcher, catchTo, chain, choice, first, isGood, type State, wholeStateTask } from './states.ts';

/**
 * The state machine of a runbook, in Amazon States Language.
 *
 * @throws RunbookDefinitionError where an execution could not run to its end
 */
export function runbookStates(definition: RunbookDefinition): Record<string, unknown> {
  checkDefinition(definition);
  const { plan, act, verify, undo, afterwards, open, close, approval } = definition;
  const closing = close.name;
  // A runbook that only looks has nothing to act.
  const doing = first([...act, ...verify], closing);
  const ending = first(afterwards, closing);
  const onActFailure = first(undo, ending);
  const toFailure = (next: string) => (): Catcher => ({ path: '$.failure', next });
  const states: Record<string, State> = {
    [open.name]: {
      ...wholeStateTask(open, {
        runbook: definition.runbook,
        targetKind: definition.targetKind,
        acts: act.length > 0,
        locksConsumers: definition.locksConsumers,
        routine: definition.routine,
        requiresReason: definition.requiresReason,
      }),
      Catch: catchTo({ path: '$.failure', next: closing }),
      Next: JOINTS.opened,
    },
    [JOINTS.opened]: choice(
      [{ Variable: '$.opening.decision', StringEquals: 'joined', Next: closing }],
      first(plan, closing),
    ),
    ...chain(plan, JOINTS.planned, toFailure(closing)),
    [JOINTS.planned]: choice(
      [
        { Variable: '$.run.dryRun', BooleanEquals: true, Next: closing },
        ...(approval
          ? [
              {
                And: [
                  { Variable: '$.opening.needsApproval', BooleanEquals: true },
                  { Variable: '$.approval', IsPresent: true },
                ],
                Next: approval.confirm.name,
              },
              { Variable: '$.opening.needsApproval', BooleanEquals: true, Next: approval.request.name },
            ]
          : []),
      ],
      doing,
    ),
    ...(approval
      ? {
          ...chain([approval.request], first(plan, closing), toFailure(closing)),
          ...chain([approval.confirm], doing, toFailure(closing)),
        }
      : {}),
    ...chain(act, first(verify, ending), toFailure(onActFailure)),
    ...chain(verify, JOINTS.judged, toFailure(onActFailure)),
    [JOINTS.judged]: choice([{ ...isGood(evidenceOf(definition)), Next: ending }], onActFailure),
    // Why something had to be undone must not be lost to what kept it from being undone.
    ...chain(undo, ending, () => ({ path: '$.undoFailure', next: ending })),
    // What failed before must still be told, and what is left to do must still be done.
    ...chain(afterwards, closing, (next) => ({ path: '$.afterwardsFailure', next })),
    [closing]: {
      ...wholeStateTask(close, { runbook: definition.runbook }),
      ResultPath: '$.closing',
      Next: JOINTS.ended,
    },
    [JOINTS.ended]: choice(
      [{ Variable: '$.closing.error', StringEquals: '', Next: JOINTS.succeeded }],
      JOINTS.failed,
    ),
    [JOINTS.succeeded]: { Type: 'Succeed', OutputPath: '$.closing' },
    [JOINTS.failed]: { Type: 'Fail', ErrorPath: '$.closing.error', CausePath: '$.closing.cause' },
  };
  return {
    Comment: definition.comment,
    StartAt: open.name,
    TimeoutSeconds: definition.timeoutSeconds,
    States: states,
  };
}
