import { AsyncLocalStorage } from 'node:async_hooks';

/** How long a client waits, in milliseconds, and how often it tries: a step has seconds, and the state machine tries again too. */
const CLIENT_OPTIONS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 8000, throwOnRequestTimeout: true },
} as const;

/** Makes something once per container, when it is first needed. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const deadline = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs a step's work under its deadline. Lambda freezes a function that has answered and thaws it for the next call: what a
 * late step had still in mind would then be done behind that call's back. No AWS call begins after the signal has aborted.
 */
export function underDeadline<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return deadline.run(signal, work);
}

interface Middlewares {
  add(
    middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
    options: { step: 'initialize'; name: string },
  ): void;
}

/** An AWS client, made once per container when it is first needed; it keeps the deadline of the step that calls it. */
export function client<Client extends object>(
  Kind: new (options: typeof CLIENT_OPTIONS) => Client,
): () => Client {
  return once(() => {
    const made = new Kind(CLIENT_OPTIONS);
    // Each client types its middlewares for its own commands; this one looks at none of them.
    (made as { middlewareStack: Middlewares }).middlewareStack.add(
      (next) => (args) => {
        deadline.getStore()?.throwIfAborted();
        return next(args);
      },
      { step: 'initialize', name: 'keepDeadline' },
    );
    return made;
  });
}
