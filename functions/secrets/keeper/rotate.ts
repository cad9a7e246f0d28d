import type { RotationKind, SecretOf } from '../../../schemas/secret.ts';
import { PreconditionFailed, Refused } from '../../errors.ts';
import { switchIsOn } from '../../run/directory.ts';
import { logger } from '../../step/observability.ts';
import { noteRotationProgress } from '../rotation-progress.ts';
import { STAGED_LABEL } from '../state.ts';
import { holderOf, judgeToken, type TokenJudgement } from './judge-token.ts';
import type { Keeping, SecretKind } from './kind.ts';
import { noteChange, noteCurrent } from './notes.ts';
import type { RotationEvent } from './requests.ts';
import { settledLabels } from './settled-labels.ts';
import { type RefusedWindow, tidyUp, tidyUpAgain } from './tidy-up.ts';
import type { Values } from './values.ts';
import { moveLabel, putVersion } from './versions.ts';

/** What a step of a rotation works with. */
interface Rotating<Kind extends RotationKind, Value> {
  readonly kind: SecretKind<Kind, Value>;
  readonly secret: SecretOf<Kind>;
  readonly values: Values<Value>;
  readonly keeping: Keeping<Kind>;
  readonly token: string;
  /** Version that is current. */
  readonly current: string;
  /** Labels as they were when the step began. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Does one step of a rotation that Secrets Manager asks for. */
export async function rotate<Kind extends RotationKind, Value>(
  kind: SecretKind<Kind, Value>,
  { Step: step, ClientRequestToken: token }: RotationEvent,
  values: Values<Value>,
  given: Keeping<Kind>,
): Promise<void> {
  const { secret } = given;
  const { name } = secret;
  const described = await settledLabels(secret, (seen) => !isRefused(judgeToken(seen, token)));
  const { labels } = described;
  const judgement = judgeToken(described, token);
  if (!judgement.go) {
    if (!judgement.finished)
      throw new Refused(
        `${step} of ${name} was not done: ${judgement.why}. Nothing was changed. Rotate it by Secrets Manager or by the runbook rotate-secret, which stage a version of their own.`,
      );
    logger.info(`${name} has this version as its current one: ${step} has nothing to do`);
    if (step === 'finishSecret') await tidyUpAgain({ secret, values, token, labels });
    return;
  }
  const { current } = judgement;
  const keeping = { ...given, noteChange: (at: Date) => noteChange(name, token, at) };
  const refused = await STEPS[step]({ kind, secret, values, keeping, token, current, labels });
  await noteRotationProgress(name, token, { step, state: 'done', ...refused });
  logger.info(`${step} of ${name} is done`, { secret: name, version: token });
}

const isRefused = (judgement: TokenJudgement) => !judgement.go && !judgement.finished;

const STEPS: {
  readonly [Step in RotationEvent['Step']]: <Kind extends RotationKind, Value>(
    rotating: Rotating<Kind, Value>,
  ) => Promise<RefusedWindow | undefined>;
} = {
  async createSecret({ kind, secret, values, keeping, token, current, labels }) {
    // A value that an earlier attempt stored may be set in the database by now: it must stay known (rule 3).
    if ((await values.find(token)) !== undefined) return undefined;
    if (!(await switchIsOn()))
      throw new Refused(
        `The switch is off: the rotation of ${secret.name} does not begin. Nothing was changed. Turn it on, and rotate the secret again.`,
      );
    const staged = holderOf(labels, STAGED_LABEL);
    const next = await kind.next(
      await values.read(current),
      keeping,
      staged === undefined ? undefined : await values.read(staged),
    );
    try {
      await putVersion(secret.secretArn, token, values.textOf(next), 'AWSPENDING');
    } catch (error) {
      // Another call of this very step was first: its value stands.
      if ((error as Error).name !== 'ResourceExistsException') throw error;
    }
    return undefined;
  },

  async setSecret({ kind, values, keeping, token, current, secret }) {
    const pending = await requirePending(values, token, secret);
    await kind.set({ current: await values.read(current), pending }, keeping, values.leftBehind);
    return undefined;
  },

  async testSecret({ kind, values, keeping, token, current }) {
    const value = await values.read(current);
    // Secrets Manager tries a configuration with a version that has no value of its own.
    const pending = (await values.find(token, { justStored: true })) ?? value;
    await kind.test({ current: value, pending }, keeping);
    return undefined;
  },

  async finishSecret({ kind, secret, values, keeping, token, current, labels }) {
    const pending = await requirePending(values, token, secret);
    // Calls come out of order, and another rotation may have changed things since the last test: what is promoted is proved now.
    await kind.test({ current: await values.read(current), pending }, keeping);
    // AWSPENDING stays: Secrets Manager takes it off itself, and takes a rotation for failed whose function does.
    await moveLabel(secret.secretArn, 'AWSCURRENT', { from: current, to: token });
    await noteCurrent(secret.name, token);
    return await tidyUp({ secret, values, token, labels }, pending, new Date());
  },
};

async function requirePending<Value>(
  values: Values<Value>,
  token: string,
  secret: { readonly name: string },
): Promise<Value> {
  const pending = await values.find(token, { justStored: true });
  if (pending !== undefined) return pending;
  throw new PreconditionFailed(
    `The pending version of ${secret.name} has no value: createSecret comes first. Nothing was changed. Rotate the secret again.`,
  );
}
