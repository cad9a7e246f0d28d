import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { RunbookError, Transient } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { readTarget } from '../run/directory.ts';
import { type StepTools, step } from '../step.ts';
import { askKeeper } from './ask-keeper.ts';
import { describeSecret, listVersions } from './describe-secret.ts';
import { judgePending } from './judge-pending.ts';
import { readRotationProgress } from './rotation-progress.ts';
import { readRetirement, readRotations } from './rotation-records.ts';
import { shortVersion } from './rotation-state.ts';
import { secretConsumers } from './secret-consumers.ts';
import { selectSecrets } from './select-secrets.ts';
import { type SecretSituation, SecretsSituation } from './state.ts';

const Input = z.object({ run: Run, target: z.union([SecretTarget, SecretsTarget]) });
type Input = z.infer<typeof Input>;

/** Looks at secrets without their values: versions, settings, who is given them, what was done last, and what their keepers say. */
export const handler = step({
  name: 'inspect-secrets',
  phase: 'plan',
  input: Input,
  output: SecretsSituation,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<SecretsSituation> {
  const secrets: SecretSituation[] = [];
  for (const secret of await selected(target, run)) {
    const found = await inspectSecret(secret, tools.signal);
    const { current, previous, lastRotatedAt, consumers, unfinished, inspection } = found;
    await audit(
      run.id,
      tools,
      'observation',
      `${secret.name}: version ${shortVersion(current)} is current, last rotated ${lastRotatedAt ?? 'never'}, given to ${consumers.map(({ name }) => name).join(', ') || 'nobody'}.`,
      { current, previous, unfinished, ...inspection },
    );
    secrets.push(found);
  }
  return { secrets };
}

async function selected(target: Input['target'], run: Run): Promise<SecretTarget[]> {
  if (target.kind === 'secret') return [target];
  const names = selectSecrets(target, run.request ?? {}).map(({ name }) => name);
  return Promise.all(names.map(async (name) => z.parse(SecretTarget, await readTarget('secret', name))));
}

async function inspectSecret(target: SecretTarget, signal: AbortSignal): Promise<SecretSituation> {
  const { name, secretArn } = target;
  const described = await describeSecret({ name, arn: secretArn });
  const { current, previous, pending } = described;
  const versions = await listVersions(secretArn, described);
  const progress = pending === null ? undefined : await readRotationProgress(name, pending);
  const retirement = previous === null ? undefined : await readRetirement(name, previous);
  const { rotationEnabled, rotationFunction, lastRotatedAt, staged } = described;
  return {
    target,
    versions,
    current,
    previous,
    pending,
    staged,
    rotationEnabled,
    rotationFunction,
    lastRotatedAt,
    unfinished: judgePending(
      {
        current,
        pending,
        progress,
        createdAt: versions.find(({ id }) => id === pending)?.createdAt ?? '',
        lastChangedAt: described.lastChangedAt,
      },
      new Date(),
    ),
    record: (await readRotations(name, 1))[0] ?? null,
    retirement: retirement === undefined ? 'none' : retirement.doneAt === undefined ? 'begun' : 'done',
    inspection: await inspection(target, current, signal),
    consumers: await secretConsumers(target),
  };
}

/** What the keeper says; that it cannot read the secret is one more thing that stands in the way, and told with the others. */
async function inspection(
  { name, rotation }: SecretTarget,
  current: string | null,
  signal: AbortSignal,
): Promise<SecretSituation['inspection']> {
  const nothing = { facts: {}, obstacles: [], warnings: [] };
  if (rotation === undefined || current === null) return nothing;
  try {
    return await askKeeper(rotation.kind, { operation: 'inspect', secret: name }, signal);
  } catch (error) {
    if (!(error instanceof RunbookError) || error instanceof Transient) throw error;
    return { ...nothing, obstacles: [error.message.replace(/\.$/, '')] };
  }
}
