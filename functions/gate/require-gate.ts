import * as z from 'zod/mini';
import { GateDecision } from '../../schemas/gate-decision.ts';
import { Evidence, Run } from '../../schemas/run.ts';
import { Refused } from '../errors.ts';
import { updateRecord } from '../run/run-record.ts';
import { step } from '../step.ts';
import { gateWords, nameOf, whatNext, whyClosed } from './gate-words.ts';

const Input = z.object({
  run: Run,
  gate: GateDecision,
  /** The run has nothing to do but this: that the gate is open is what its report tells, too. */
  onlyLooks: z._default(z.boolean(), false),
});
type Input = z.infer<typeof Input>;

/**
 * Lets a run go on where the gate is open, and refuses it otherwise. The gate's own checks are the evidence, which stands in the state
 * since it was looked at.
 *
 * @throws Refused with what is missing
 */
export const handler = step({
  name: 'require-gate',
  phase: 'plan',
  input: Input,
  output: Evidence,
  run: requireOpen,
});

async function requireOpen({ run, gate, onlyLooks }: Input): Promise<Evidence> {
  const overridden = run.override !== undefined;
  if (!gate.open || onlyLooks) await updateRecord(run.id, { verdict: gateWords(gate, overridden) });
  if (gate.open) return { passed: true, checks: [] };
  throw new Refused(
    `The gate of ${nameOf(gate.target)} is closed: ${whyClosed(gate)}. Nothing was changed. ${whatNext(gate, overridden)}`,
    { reasons: gate.reasons },
  );
}
