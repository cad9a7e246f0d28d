import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { client } from '../clients.ts';
import {
  InvalidInput,
  NeedsHuman,
  PreconditionFailed,
  Refused,
  type RunbookError,
  Transient,
  VerificationFailed,
} from '../errors.ts';
import { KeeperAnswer, type KeeperOperation, type KeeperRequest } from './keeper/requests.ts';
import { keeperOf } from './keeper-of.ts';

/** A keeper ends sessions and waits for services: its answer takes as long as its function may run. Milliseconds. */
const LONGEST_ANSWER_MILLISECONDS = 300_000;

/** Asks once: a second request while the first is still at work would make two of it. */
class PatientLambdaClient extends LambdaClient {
  constructor(options: LambdaClientConfig) {
    super({
      ...options,
      maxAttempts: 1,
      requestHandler: { ...options.requestHandler, requestTimeout: LONGEST_ANSWER_MILLISECONDS },
    });
  }
}
const lambda = client(PatientLambdaClient);

const ERRORS: Readonly<Record<string, new (message: string) => RunbookError>> = {
  InvalidInput,
  NeedsHuman,
  PreconditionFailed,
  Refused,
  Transient,
  VerificationFailed,
};

type AnswerOf<Operation extends KeeperOperation> = z.infer<(typeof KeeperAnswer)[Operation]>;

/**
 * Asks the function that keeps a secret, which alone sees its values.
 *
 * @param kind of its rotation
 * @throws RunbookError as the keeper threw it; Transient where it gave no answer
 */
export async function askKeeper<Operation extends KeeperOperation>(
  kind: string,
  request: Extract<KeeperRequest, { operation: Operation }>,
  abortSignal: AbortSignal,
): Promise<AnswerOf<Operation>> {
  const FunctionName = keeperOf(kind);
  if (FunctionName === undefined)
    throw new PreconditionFailed(
      `This deployment has no function that keeps secrets of the kind ${kind}. Nothing was changed. Deploy the Nightshift stack again.`,
    );
  const { operation, secret } = request;
  const { Payload, FunctionError } = await lambda().send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
    { abortSignal },
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw thrownBy(text, `${operation} of ${secret}`);
  // What it answered is not quoted, whatever it is.
  const answer = z.safeParse<z.ZodMiniType>(KeeperAnswer[operation], parseJson(text));
  if (!answer.success)
    throw new NeedsHuman(
      `The function that keeps ${secret} answered ${operation} in a form that is not understood. Are both of the same version? Deploy the Nightshift stack again.`,
    );
  return answer.data as AnswerOf<Operation>;
}

/** What the function has thrown; one that was cut off has not said why. */
function thrownBy(text: string, what: string): RunbookError {
  const { errorType = '', errorMessage = '' } = (parseJson(text) ?? {}) as {
    errorType?: string;
    errorMessage?: string;
  };
  const Kind = ERRORS[errorType];
  if (Kind !== undefined) return new Kind(errorMessage);
  return new Transient(
    `${what} was cut off, or failed without a word (${errorType || 'no error type'}). It is tried again; it does nothing twice.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error would quote the text.
    return undefined;
  }
}
