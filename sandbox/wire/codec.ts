import type { AwsError } from '../contract.ts';
import type { RestRequest, RestResponse } from './http-message.ts';
import type { ApiDescription, OperationSchema } from './operations.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs have the SDK's shapes, known only at run time.
type Any = any;

/** One AWS protocol, from the server's side. */
export interface Codec {
  /** Which operation is called (its name as sent, known or not). */
  operationName(description: ApiDescription, request: RestRequest): string;
  /** The SDK's shape of the input. */
  decode(description: ApiDescription, operation: OperationSchema, request: RestRequest): Any;
  encode(
    description: ApiDescription,
    operation: OperationSchema,
    output: Any,
    requestId: string,
  ): RestResponse;
  error(description: ApiDescription | undefined, error: AwsError, requestId: string): RestResponse;
}

/** Whose fault an error is, as the Query protocol says it. */
export function faultOf(error: AwsError): 'Sender' | 'Receiver' {
  return error.status < 500 ? 'Sender' : 'Receiver';
}

/** Services that once spoke the Query protocol tell newer clients the code that it used (`awsQueryCompatible`). */
export function queryErrorHeader(
  description: ApiDescription | undefined,
  error: AwsError,
): Record<string, string> {
  if (!description) return {};
  return { 'x-amzn-query-error': `${description.errorCode(error.code)};${faultOf(error)}` };
}
