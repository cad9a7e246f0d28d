import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { readAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { composeRecord } from './compose-record.ts';
import { keepRotation, readRetirement, readRotations } from './rotation-records.ts';
import {
  ActionName,
  Adoption,
  type PlannedSecret,
  PutBack,
  Retired,
  rotationOf,
  shortVersion,
} from './rotation-state.ts';
import { readStanding } from './standing.ts';
import { RotationRecord } from './state.ts';

const Input = z.object({ run: Run, target: z.union([SecretTarget, SecretsTarget]), plan: Plan });
type Input = z.infer<typeof Input>;
const Output = z.object({ records: z.array(RotationRecord) });
type Output = z.infer<typeof Output>;

/** A rotation that is finished or taken back was recorded by one of so many runs before. */
const MOST_RECORDS = 20;

/** Keeps what became of each secret (P-45), however the run has ended: who, when, which version replaced which, and when it is due again. */
export const handler = step({
  name: 'record-rotation',
  phase: 'verify',
  input: Input,
  output: Output,
  run: record,
});

async function record({ run, plan }: Input, tools: StepTools): Promise<Output> {
  const { secrets, compromised } = rotationOf(plan);
  const adoption = z.safeParse(Adoption, await resultOf(run.id, ActionName.prove)).data;
  const retired = z.safeParse(Retired, await resultOf(run.id, ActionName.retire)).data;
  const records: RotationRecord[] = [];
  for (const secret of secrets.filter(({ does }) => does !== 'leave')) {
    const standing = await readStanding(secret, run.id);
    const earlier = await readRotations(secret.name, MOST_RECORDS);
    const made = composeRecord({
      secret,
      run,
      compromised,
      standing,
      earlier,
      returned: await returnedOf(secret, run.id),
      adoptedAt: adoption?.secrets[secret.name] ?? null,
      retiredAt:
        retired?.retired.find(({ name }) => name === secret.name)?.at ??
        (secret.retires === null ? undefined : (await readRetirement(secret.name, secret.retires))?.doneAt),
      now: new Date(),
    });
    if (made === undefined) continue;
    await keepRotation(made);
    await audit(run.id, tools, 'observation', sentence(made), { ...made });
    records.push(made);
  }
  return { records };
}

const resultOf = async (run: string, action: string) => (await readAction(run, action))?.result;

/** What became of it when it was taken back, by this run's own undo or as its act. */
async function returnedOf(
  secret: PlannedSecret,
  run: string,
): Promise<(PutBack['putBack'][number] & { at: string }) | undefined> {
  for (const action of [ActionName.putBack, ActionName.returnValues]) {
    const { data } = z.safeParse(PutBack, await resultOf(run, action));
    const own = data?.putBack.find(({ name }) => name === secret.name);
    if (data !== undefined && own !== undefined) return { ...own, at: data.at };
  }
  return undefined;
}

function sentence({
  secret,
  replaced,
  version,
  undoneAt,
  retireAt,
  retiredAt,
  nextDueAt,
}: RotationRecord): string {
  if (undoneAt !== undefined)
    return `Recorded: version ${shortVersion(version)} of ${secret} was taken back at ${undoneAt}.`;
  const then = [
    ...(retiredAt === undefined ? [] : [`the value before was retired at ${retiredAt}`]),
    ...(retireAt === undefined || retiredAt !== undefined
      ? []
      : [`the value before is retired from ${retireAt} on`]),
    ...(nextDueAt === undefined ? [] : [`it is due again at ${nextDueAt}`]),
  ].join('; ');
  return `Recorded: version ${shortVersion(version)} of ${secret} replaced ${shortVersion(replaced)}${then === '' ? '' : `; ${then}`}.`;
}
