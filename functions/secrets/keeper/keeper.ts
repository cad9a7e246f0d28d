import { setTimeout as pause } from 'node:timers/promises';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { RotationKind } from '../../../schemas/secret.ts';
import { InvalidInput } from '../../errors.ts';
import { mapError } from '../../step/map-error.ts';
import { logger } from '../../step/observability.ts';
import { observe } from '../../step/observe.ts';
import { problems } from '../../step/problems.ts';
import { runUntilDeadline } from '../../step/run-until-deadline.ts';
import { noteRotationProgress } from '../rotation-progress.ts';
import { answer } from './answer.ts';
import { findSecret } from './find-secret.ts';
import { type HiddenValues, hiddenValues, withoutValues } from './hide-values.ts';
import type { SecretKind } from './kind.ts';
import { KeeperAnswer, KeeperRequest, RotationEvent } from './requests.ts';
import { rotate } from './rotate.ts';
import { valuesOf } from './values.ts';

/** The deadline's margin is a second; the note takes less of it. Milliseconds. */
const LONGEST_NOTE_MILLISECONDS = 700;

/**
 * Wraps how a kind of secret is kept into the Lambda handler that Secrets Manager calls to rotate one, and that steps of runbooks ask:
 * with logs, metrics, errors and the deadline of a step. No value that was read or made leaves it.
 *
 * @example
 * export const handler = keeper(signingKeys);
 */
export function keeper<Kind extends RotationKind, Value>(kind: SecretKind<Kind, Value>) {
  const name = `keep-${kind.kind}`;
  return middy<unknown, unknown, Error, Context>()
    .use(observe({ name, keys: describeEvent, onError: async () => {} }))
    .handler(async (event, context) => {
      const hidden = hiddenValues();
      const begun: { rotation?: BegunRotation } = {};
      try {
        const asked = understand(name, event);
        return await runUntilDeadline(name, context.getRemainingTimeInMillis(), async (signal) => {
          if (!('Step' in asked)) return await answerChecked(kind, asked, hidden, signal);
          const secret = await findSecret(kind.kind, { arn: asked.SecretId });
          begun.rotation = { secret: secret.name, event: asked };
          await rotate(kind, asked, valuesOf(kind, secret, hidden), { secret, signal });
          return null;
        });
      } catch (thrown) {
        const error = mapError(withoutValues(thrown, hidden), name);
        if (begun.rotation !== undefined) await tellFailure(begun.rotation, error);
        throw error;
      }
    });
}

/** A rotation of a declared secret. */
interface BegunRotation {
  readonly secret: string;
  readonly event: RotationEvent;
}

/** What every line of the log carries. */
function describeEvent(event: unknown): Record<string, string> {
  const { Step, operation } = (event ?? {}) as { Step?: unknown; operation?: unknown };
  const asked = Step ?? operation;
  return typeof asked === 'string' ? { operation: asked } : {};
}

function understand(name: string, event: unknown): RotationEvent | KeeperRequest {
  const schema =
    typeof event === 'object' && event !== null && 'Step' in event ? RotationEvent : KeeperRequest;
  const parsed = z.safeParse<z.ZodMiniType<RotationEvent | KeeperRequest>>(schema, event);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    `The input of ${name} is not as it should be: ${problems(parsed.error)}. Nothing was changed.`,
  );
}

async function answerChecked<Kind extends RotationKind, Value>(
  kind: SecretKind<Kind, Value>,
  request: KeeperRequest,
  hidden: HiddenValues,
  signal: AbortSignal,
): Promise<unknown> {
  const secret = await findSecret(kind.kind, { name: request.secret });
  const given = await answer(kind, request, valuesOf(kind, secret, hidden), { secret, signal });
  const checked = z.safeParse<z.ZodMiniType>(KeeperAnswer[request.operation], given);
  if (!checked.success)
    throw new Error(`The answer to ${request.operation} is not as it should be: ${problems(checked.error)}.`);
  return hidden.hideIn(checked.data);
}

/** Secrets Manager tells nobody why a rotation fails; a run that waits for it reads it here. */
async function tellFailure({ secret, event }: BegunRotation, error: Error): Promise<void> {
  const note = noteRotationProgress(secret, event.ClientRequestToken, {
    step: event.Step,
    state: 'failed',
    errorName: error.name,
    error: error.message,
  }).catch((failed: unknown) =>
    logger.warn('how far the rotation is could not be noted', { why: (failed as Error).name }),
  );
  await Promise.race([note, pause(LONGEST_NOTE_MILLISECONDS, undefined, { ref: false })]);
}
