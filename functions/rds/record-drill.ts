import * as z from 'zod/mini';
import { Evidence, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { keepDrill, readDrills } from './drill-record.ts';
import { judgeDrill } from './judge-drill.ts';
import { RecoveryPoint } from './state.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  recoveryPoint: RecoveryPoint,
  /** What the proof of the restored rows found. */
  proof: Evidence,
});
type Input = z.infer<typeof Input>;

/** Drills that the trend is told with. */
const TREND = 5;

/** Measures recovery time and recovery point, and keeps the drill. The record tells when the last one has passed. */
export const handler = step({
  name: 'record-drill',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: record,
});

async function record({ run, target, recoveryPoint, proof }: Input, tools: StepTools): Promise<Evidence> {
  // The proof's last look is when the data could have been used again; this step may come later, or twice.
  const at = proof.checks.at(-1)?.at ?? new Date().toISOString();
  const between = (from: string, to: string) =>
    Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const measured = {
    at,
    recoverySeconds: between(run.startedAt, at),
    recoveryPointSeconds: between(recoveryPoint.at, run.startedAt),
  };
  const earlier = (await readDrills(target.name, TREND)).filter(({ run: other }) => other !== run.id);
  const checks = judgeDrill(measured, earlier, target.restore);
  const passed = checks.every((check) => check.passed);
  await keepDrill(target.name, { ...measured, run: run.id, passed: passed && proof.passed });
  for (const check of checks)
    await audit(
      run.id,
      tools,
      'check',
      `${check.passed ? 'Passed' : 'FAILED'}: ${check.name}: ${check.measured}.`,
    );
  return { passed, checks };
}
