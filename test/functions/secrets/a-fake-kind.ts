import * as sdk from '@aws-sdk/client-lambda';
import { PreconditionFailed, VerificationFailed } from '../../../functions/errors.ts';
import { keeper } from '../../../functions/secrets/keeper/keeper.ts';
import type { SecretKind } from '../../../functions/secrets/keeper/kind.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { LAMBDA_CONTEXT } from '../../support/point-functions.ts';

interface Value {
  readonly password: string;
}

/** What the secret opens, and what goes wrong with it. */
export interface FakeService {
  /** Passwords that are taken. */
  readonly taken: Set<string>;
  /** What the keeper was asked for, in order. */
  readonly asked: string[];
  failing: 'set' | 'test' | 'retire' | undefined;
  /** How often somebody is still seen with the old value; infinite: a consumer that caches it for ever. */
  stale: number;
  obstacles: string[];
  endedSessions: boolean[];
  /** Whether the current value is stored once more when the old one is retired, as that of signing keys is. */
  storesAgain: boolean;
}

let made = 0;

/** A kind whose values are taken by a service in memory, both the old and the new one until the old one is retired. */
function fakeKind(service: FakeService): SecretKind<'postgresql-single-user', Value> {
  const note = (what: string) => service.asked.push(what);
  return {
    kind: 'postgresql-single-user',
    parse: (text) => JSON.parse(text) as Value,
    format: (value) => JSON.stringify(value),
    async next() {
      made += 1;
      return { password: `generated-password-${made}` };
    },
    async set({ pending }) {
      note('set');
      if (service.failing === 'set')
        throw new PreconditionFailed('The service takes no password. Nothing was changed.');
      service.taken.add(pending.password);
    },
    async test({ pending }) {
      note('test');
      if (service.failing === 'test' || !service.taken.has(pending.password))
        throw new VerificationFailed('The service refuses the new password.');
    },
    async inspect() {
      return { facts: { user: 'app' }, obstacles: service.obstacles, warnings: [] };
    },
    async proveAdoption({ current }) {
      note('prove');
      const stale = service.stale > 0;
      service.stale -= 1;
      return [
        { name: 'the value is good', passed: service.taken.has(current.password), measured: 'one login' },
        {
          name: 'sessions',
          passed: !stale,
          measured: stale ? '1 of api with the old value' : 'none with the old value',
        },
      ];
    },
    async putBack({ good }) {
      note('put-back');
      service.taken.add(good.password);
      return { done: 'The earlier password is taken again.' };
    },
    async retire({ current, old }, { endSessions }) {
      note('retire');
      if (service.failing === 'retire') throw new PreconditionFailed('The service keeps the old password.');
      if (old !== undefined) service.taken.delete(old.password);
      service.endedSessions.push(endSessions);
      const done = 'The old password is refused.';
      // A field of no meaning makes it another text.
      return service.storesAgain
        ? { done, value: { password: current.password, without: old?.password.length } as Value }
        : { done };
    },
  };
}

/** Lambda with one function, which runs in this process: the keeper of the fake kind. */
export function createFakeKeeper(functionArn: string, service: FakeService) {
  const handler = keeper(fakeKind(service)) as (event: unknown, context: never) => Promise<unknown>;
  const call = async (event: unknown) => {
    try {
      return { payload: await handler(event, LAMBDA_CONTEXT) };
    } catch (error) {
      const { name, message } = error as Error;
      return { payload: null, functionError: { errorType: name, errorMessage: message } };
    }
  };
  return (machine: Machine): Service => {
    machine.engines.putMetric = () => {};
    machine.engines.requireInvocable = () => {};
    machine.engines.invokeFunction = (_arn, event) => call(event);
    return {
      name: 'lambda',
      apis: [
        {
          signingNames: ['lambda'],
          sdk,
          client: 'LambdaClient',
          operations: {
            Invoke: {
              permissions: () => [{ action: 'lambda:InvokeFunction', resource: functionArn }],
              async handle(input) {
                const { payload, functionError } = await call(
                  JSON.parse(Buffer.from(input.Payload).toString('utf8')),
                );
                return {
                  StatusCode: 200,
                  Payload: Buffer.from(JSON.stringify(functionError ?? payload)),
                  ...(functionError ? { FunctionError: 'Unhandled' } : {}),
                };
              },
            },
          },
        },
      ],
      providers: [],
      close() {},
    };
  };
}
