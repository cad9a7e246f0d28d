import * as z from 'zod/mini';
import type { Plan } from '../../../schemas/run.ts';
import { TakeOver } from './ownership.ts';

/** What the steps of a take-over hand each other; apart from them, so that a bundle has one step only. */

/** Names of the action records by which steps learn what others have done. */
export const ActionName = {
  takeOver: 'take-over-ownership',
  settle: 'settle-ownership',
  /** New sessions begin as the users themselves again. */
  resetSessions: 'reset-sessions',
  giveBack: 'give-ownership-back',
} as const;

/** What was given. */
export const TakenOver = z.object({
  /** Objects that this state has given. */
  given: z.number(),
  /** Extensions that could not be given, because something else was made at the same moment. */
  left: z.array(z.string()),
  /** When sessions began to act as the owner role, by the server's clock (ISO 8601); null: nothing was done. */
  changedAt: z.nullable(z.string()),
  /** Sessions that began before that, and are still there. */
  oldSessions: z.number(),
});
export type TakenOver = z.infer<typeof TakenOver>;

/** What a plan says of a take-over. */
export const takeOverOf = ({ observed }: Pick<Plan, 'observed'>): TakeOver =>
  z.parse(TakeOver, observed.takeOver);
