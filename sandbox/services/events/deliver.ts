import type { Caller, Machine } from '../../contract.ts';

/** A target of a rule or a schedule, as far as delivery is concerned. */
export interface DeliveryTarget {
  readonly arn: string;
  readonly roleArn?: string;
  /** Service that delivers, such as `events.amazonaws.com`, and the rule or schedule it acts for. */
  readonly principal: string;
  readonly sourceArn: string;
  readonly deadLetterArn?: string;
  readonly maximumRetries: number;
  readonly maximumAgeSeconds: number;
}

/** First pause before a delivery is tried again; each further pause is twice as long, up to the longest. Milliseconds. */
const FIRST_RETRY_MILLISECONDS = 1000;
const LONGEST_RETRY_MILLISECONDS = 300_000;

/** Delivers once; retries with growing pauses; what cannot be delivered goes to the dead-letter queue. */
export async function deliver(machine: Machine, target: DeliveryTarget, input: string): Promise<void> {
  const started = machine.clock.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      await invoke(machine, target, input);
      return;
    } catch (error) {
      const name = (error as Error).name;
      const age = (machine.clock.now() - started) / 1000;
      const permanent = [
        'AccessDeniedException',
        'ResourceNotFoundException',
        'StateMachineDoesNotExist',
        'InvalidExecutionInput',
      ].includes(name);
      if (permanent || attempt >= target.maximumRetries || age >= target.maximumAgeSeconds) {
        await bury(machine, target, input, error as Error, attempt);
        return;
      }
      const pause = Math.min(FIRST_RETRY_MILLISECONDS * 2 ** attempt, LONGEST_RETRY_MILLISECONDS);
      await machine.clock.sleep(pause * (0.5 + Math.random() / 2));
    }
  }
}

async function invoke(machine: Machine, target: DeliveryTarget, input: string): Promise<void> {
  const service = target.arn.split(':')[2];
  const asService: Caller = { kind: 'service', principal: target.principal, sourceArn: target.sourceArn };
  const caller = target.roleArn === undefined ? asService : assume(machine, target.roleArn, target);
  switch (service) {
    case 'states':
      await machine.engines.startExecution(target.arn, input, { caller });
      return;
    case 'lambda':
      await machine.engines.invokeFunction(target.arn, JSON.parse(input), { caller, type: 'event' });
      return;
    case 'sqs':
      await machine.engines.sendMessage(target.arn, input, { caller });
      return;
    case 'sns':
      await machine.engines.publish(target.arn, input, { caller });
      return;
    default:
      throw new Error(`The sandbox cannot deliver to ${target.arn}.`);
  }
}

function assume(machine: Machine, roleArn: string, target: DeliveryTarget): Caller {
  machine.policies.requireAssumable(roleArn, target.principal, target.sourceArn);
  return { kind: 'role', roleArn, session: target.principal.split('.')[0] ?? 'delivery' };
}

async function bury(
  machine: Machine,
  target: DeliveryTarget,
  input: string,
  error: Error,
  attempts: number,
): Promise<void> {
  machine.log(`delivery: ${target.sourceArn} gave up on ${target.arn}: ${error.name}: ${error.message}`);
  if (target.deadLetterArn === undefined) return;
  const attributes = {
    RULE_ARN: target.sourceArn,
    TARGET_ARN: target.arn,
    ERROR_CODE: error.name,
    ERROR_MESSAGE: error.message,
    RETRY_ATTEMPTS: String(attempts),
    EXHAUSTED_RETRY_CONDITION:
      attempts >= target.maximumRetries ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds',
  };
  const caller: Caller =
    target.roleArn && target.principal.startsWith('scheduler')
      ? assume(machine, target.roleArn, target)
      : { kind: 'service', principal: target.principal, sourceArn: target.sourceArn };
  await machine.engines
    .sendMessage(target.deadLetterArn, input, { caller, attributes })
    .catch((failure: Error) =>
      machine.log(`delivery: the dead-letter queue ${target.deadLetterArn} refused: ${failure.message}`),
    );
}
