import { ErrorName } from '../../schemas/names.ts';

/** Lambda's own failures, as Step Functions names them, and a function that was cut off: all steps may be run again. */
const LAMBDA_FAILURES = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
];

/** 2 + 4 + 8 + 16 seconds at most, spread by jitter: half a minute of trouble is survived. */
export const RETRY_TRANSIENT = {
  ErrorEquals: [ErrorName.Transient, ...LAMBDA_FAILURES],
  IntervalSeconds: 2,
  MaxAttempts: 4,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};
/** Of something that is busy for minutes, such as an instance that is backed up: half an hour is waited. */
export const RETRY_PATIENTLY = {
  ErrorEquals: [ErrorName.Transient],
  IntervalSeconds: 30,
  MaxAttempts: 60,
  BackoffRate: 1,
};
/** A state that ran out of time is tried once more. */
export const RETRY_TIMEOUT = {
  ErrorEquals: ['States.Timeout'],
  IntervalSeconds: 2,
  MaxAttempts: 1,
  JitterStrategy: 'FULL',
};
