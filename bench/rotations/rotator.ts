import { GetSecretValueCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { Machine, Service } from '../../sandbox/contract.ts';
import type { ClientLogin } from './reconnect.ts';
import type { Answer, RotationFunction } from './rotation-function.ts';
import type { World } from './world.ts';

const LAST_STEP = 'finishSecret';

/** Lets Secrets Manager call rotation functions by the name at the end of their ARN. */
export function rotationFunctions() {
  const functions = new Map<string, RotationFunction>();
  const waiting = new Map<string, (outcome: Answer) => void>();
  /** Calls of AWS in the rotation that goes on. */
  const made = new Map<string, number>();
  return {
    add: (name: string, rotate: RotationFunction) => functions.set(name, rotate),
    service(machine: Machine): Service {
      machine.engines.requireInvocable = () => {};
      machine.engines.invokeFunction = async (arn, payload) => {
        const name = arn.split(':').at(-1) as string;
        const answer = (await functions.get(name)?.(payload)) ?? { calls: 0, error: `Nobody is ${name}.` };
        const { calls, error } = answer;
        made.set(name, (made.get(name) ?? 0) + calls);
        if (error !== undefined || (payload as { Step: string }).Step === LAST_STEP)
          waiting.get(name)?.({ ...answer, calls: made.get(name) ?? 0 });
        const functionError = { errorType: 'Error', errorMessage: error ?? '' };
        return { payload: null, ...(error === undefined ? {} : { functionError }) };
      };
      return { name: 'functions', apis: [], providers: [], close() {} };
    },
    /** Rotates a secret by the function of that name; resolves with the calls of AWS that it made in all. */
    async rotate({ secrets, machine }: World, name: string, secretArn: string): Promise<number> {
      made.delete(name);
      const ended = new Promise<Answer>((resolve) => waiting.set(name, resolve));
      await secrets.send(
        new RotateSecretCommand({
          SecretId: secretArn,
          RotationLambdaARN: machine.arn('lambda', `function:${name}`),
          RotationRules: { AutomaticallyAfterDays: 30 },
        }),
      );
      const { calls, error } = await ended;
      if (error !== undefined) throw new Error(`${name} did not rotate: ${error}`);
      return calls;
    },
  };
}

/** What a consumer reads. */
export async function readLogin({ secrets }: World, secretArn: string): Promise<ClientLogin> {
  const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return JSON.parse(SecretString) as ClientLogin;
}
