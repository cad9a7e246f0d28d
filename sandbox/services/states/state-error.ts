/** An error of a state, with the name that `Retry` and `Catch` look at. The two flags are read by the interpreter. */
export class StateError extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
    // States.ALL matches neither. @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    const terminal = name === 'States.DataLimitExceeded' || name === 'States.Runtime';
    this.isRetryable = !terminal;
    this.isCatchable = !terminal;
  }
}
