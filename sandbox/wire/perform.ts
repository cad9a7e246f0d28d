import { AwsError, type Call, type Clock, type Faults, type Policies } from '../contract.ts';
import { codecFor } from './codecs.ts';
import type { RestRequest, RestResponse } from './http-message.ts';
import type { ApiDescription } from './operations.ts';

export interface Surroundings {
  readonly policies: Policies;
  readonly faults: Faults;
  readonly clock: Clock;
}

/**
 * Does what a request asks: decode, check permissions, apply faults, call the service, encode.
 *
 * @returns the answer, or `silence` when a fault lets the caller wait in vain
 * @throws AwsError as the service answers it; `UnsupportedOperation` for what the sandbox does not implement
 */
export async function perform(
  description: ApiDescription,
  request: RestRequest,
  call: Call,
  surroundings: Surroundings,
): Promise<RestResponse | 'silence'> {
  const { api } = description;
  const codec = codecFor(description, request);
  const name = codec.operationName(description, request);
  const subject = `${api.signingNames[0]}:${name}`;
  const schema = description.operations.get(name);
  const operation = Object.hasOwn(api.operations, name) ? api.operations[name] : undefined;
  let run: () => Promise<RestResponse>;
  if (operation && schema) {
    const input = codec.decode(description, schema, request);
    for (const permission of operation.permissions(input))
      surroundings.policies.require(call.caller, permission);
    run = async () => codec.encode(description, schema, await operation.handle(input, call), call.requestId);
  } else if (schema && api.passthrough) {
    const { passthrough } = api;
    run = () => passthrough({ operation: name, headers: request.headers, body: request.body }, call);
  } else {
    throw new AwsError('UnsupportedOperation', `The sandbox does not implement ${subject}.`, { status: 501 });
  }
  return withFault(surroundings.faults.next(subject), run, surroundings.clock);
}

async function withFault(
  effect: string | undefined,
  run: () => Promise<RestResponse>,
  clock: Clock,
): Promise<RestResponse | 'silence'> {
  if (effect === undefined) return run();
  if (effect === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded', { status: 400 });
  const [kind, detail = ''] = effect.split(':');
  switch (kind) {
    case 'error':
      throw new AwsError(detail, `A fault was asked for: ${detail}.`);
    case 'timeout':
      return 'silence';
    case 'timeout-after':
      await run();
      return 'silence';
    case 'late':
      await clock.sleep(Number(detail) * 1000);
      return run();
    case 'repeat': {
      const first = await run();
      // The second delivery of the same request: whatever comes of it, the caller has its answer.
      await run().catch(() => undefined);
      return first;
    }
    default:
      throw new AwsError('UnsupportedFault', `The fault '${effect}' is not one for an API call.`, {
        status: 500,
      });
  }
}
