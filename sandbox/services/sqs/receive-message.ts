import { AwsError, type Call, type Machine } from '../../contract.ts';
import { type Message, type Queue, takeMessages, wake } from './queue.ts';

const MOST_MESSAGES = 10;
const LONGEST_WAIT_SECONDS = 20;
const LONGEST_VISIBILITY_SECONDS = 43_200;

interface ReceiveInput {
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
}

/**
 * Receives messages, waiting for one when asked to (long poll, on the sandbox's clock). What was received too often goes
 * to the dead-letter queue.
 *
 * @param findQueue finds the dead-letter queue by ARN
 * @throws AwsError `InvalidParameterValue`
 */
export async function receiveMessages(
  machine: Machine,
  queue: Queue,
  input: ReceiveInput,
  call: Call,
  findQueue: (arn: string) => Queue,
): Promise<Message[]> {
  const count = within('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, MOST_MESSAGES);
  const waitSeconds = within(
    'WaitTimeSeconds',
    input.WaitTimeSeconds ?? queue.waitSeconds,
    0,
    LONGEST_WAIT_SECONDS,
  );
  const visibilitySeconds = within(
    'VisibilityTimeout',
    input.VisibilityTimeout ?? queue.visibilitySeconds,
    0,
    LONGEST_VISIBILITY_SECONDS,
  );
  const deadline = machine.clock.now() + waitSeconds * 1000;
  for (;;) {
    const now = machine.clock.now();
    const { taken, dead } = takeMessages(queue, count, visibilitySeconds, now);
    if (queue.redrive && dead.length > 0) bury(dead, findQueue(queue.redrive.deadLetterTargetArn), now);
    if (taken.length > 0 || now >= deadline || call.signal.aborted) return taken;
    await nextChance(machine, queue, deadline, call.signal);
  }
}

/** Moved messages keep their identity and the time of their first sending. */
function bury(messages: readonly Message[], target: Queue, now: number): void {
  for (const message of messages) target.messages.push({ ...message, visibleAt: now, receipt: undefined });
  wake(target);
}

/** Resolves when a message may be there: one was sent, one becomes visible again, the time is over, or the caller has gone. */
function nextChance(machine: Machine, queue: Queue, deadline: number, signal: AbortSignal): Promise<void> {
  const next = Math.min(deadline, ...queue.messages.map(({ visibleAt }) => visibleAt));
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      queue.waiting.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = machine.clock.after(Math.max(0, next - machine.clock.now()), done);
    queue.waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * A parameter that must lie between two numbers.
 *
 * @throws AwsError `InvalidParameterValue`
 */
export function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be >= ${least} and <= ${most}, if provided.`,
  );
}

/** Refuses a visibility time-out that SQS would refuse. */
export function visibilityWithin(seconds: number): number {
  return within('VisibilityTimeout', seconds, 0, LONGEST_VISIBILITY_SECONDS);
}
