import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../contract.ts';
import type { LambdaFunction } from './lambda-function.ts';

const BOOTSTRAP = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));

export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: string[];
}
export interface InvocationResult {
  readonly payload: unknown;
  readonly functionError?: InvocationError;
}

/** One execution environment: a process that has loaded the function and answers one invocation at a time. */
export class ExecutionEnvironment {
  busy = true;
  dead = false;
  /** When it last answered, in real milliseconds. */
  idleSince = performance.now();
  readonly #child: ChildProcess;
  readonly #machine: Machine;
  readonly #function: LambdaFunction;
  readonly #stream: string;
  /** Resolves when it has loaded the function, with the error where it could not. */
  readonly ready: Promise<InvocationError | undefined>;
  readonly #started = performance.now();
  #cold = true;
  #answer: ((message: Answer) => void) | undefined;

  constructor(machine: Machine, fn: LambdaFunction) {
    this.#machine = machine;
    this.#function = fn;
    const now = new Date(machine.clock.now()).toISOString();
    this.#stream = `${now.slice(0, 10).replaceAll('-', '/')}/${streamOf(fn, randomBytes(16).toString('hex'))}`;
    // Node's heap gets the memory size; Lambda ends a function that needs more.
    this.#child = machine.processes.spawn(
      process.execPath,
      [`--max-old-space-size=${fn.memoryMegabytes}`, BOOTSTRAP],
      {
        env: this.#environment(),
        cwd: fn.codeFolder,
        ipc: true,
      },
    );
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output) createInterface({ input: output }).on('line', (line) => fn.onLine(this.#stream, line));
    }
    this.ready = new Promise((resolve) => {
      this.#child.on(
        'message',
        (message: Answer | { type: 'ready' } | { type: 'initialization-failed'; error: InvocationError }) => {
          if (message.type === 'ready') resolve(undefined);
          else if (message.type === 'initialization-failed') resolve(message.error);
          else this.#answer?.(message);
        },
      );
      this.#child.once('exit', (code, signal) => {
        this.dead = true;
        const error = {
          errorType: 'Runtime.ExitError',
          errorMessage: `RequestId: Error: Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`,
        };
        resolve(error);
        this.#answer?.({ type: 'answer', requestId: '', payload: null, error, memory: 0 });
      });
    });
  }

  #environment(): Record<string, string> {
    const { clock, region, endpoint, certificateAuthority, policies } = this.#machine;
    const fn = this.#function;
    const credentials = policies.credentialsFor(fn.roleArn, fn.name);
    return {
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: this.#stream,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_ENDPOINT_URL: endpoint,
      AWS_XRAY_DAEMON_ADDRESS: fn.tracingDaemon,
      _HANDLER: fn.handler,
      LAMBDA_TASK_ROOT: fn.codeFolder,
      NODE_EXTRA_CA_CERTS: certificateAuthority.file,
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      SANDBOX_CLOCK: JSON.stringify(clock.reading()),
      ...fn.environment,
    };
  }

  /** Runs one invocation; the time-out is real time, for the processor does not run faster than the clock on the wall. */
  async invoke(requestId: string, payload: unknown): Promise<InvocationResult> {
    const fn = this.#function;
    const started = performance.now();
    this.#signal('SIGCONT');
    const failed = await this.ready;
    if (failed) {
      this.kill();
      fn.onInvoked({ duration: performance.now() - started, failed: true });
      return { payload: null, functionError: failed };
    }
    const initialization = this.#cold ? performance.now() - this.#started : undefined;
    this.#cold = false;
    fn.onLine(this.#stream, `START RequestId: ${requestId} Version: $LATEST`);
    const begun = performance.now();
    const answer = await this.#exchange(requestId, payload);
    const duration = performance.now() - begun;
    fn.onLine(this.#stream, `END RequestId: ${requestId}`);
    fn.onLine(
      this.#stream,
      `REPORT RequestId: ${requestId}\tDuration: ${duration.toFixed(2)} ms\tBilled Duration: ${Math.ceil(duration)} ms\tMemory Size: ${fn.memoryMegabytes} MB\tMax Memory Used: ${Math.ceil(
        (answer.memory ?? 0) / 1_048_576,
      )} MB${initialization === undefined ? '' : `\tInit Duration: ${initialization.toFixed(2)} ms`}`,
    );
    fn.onInvoked({ duration: performance.now() - started, failed: answer.error !== undefined });
    this.idleSince = performance.now();
    // Lambda freezes the environment between invocations: timers stop, sockets grow stale.
    if (!this.dead) this.#signal('SIGSTOP');
    return answer.error ? { payload: null, functionError: answer.error } : { payload: answer.payload };
  }

  #exchange(requestId: string, payload: unknown): Promise<Answer> {
    const fn = this.#function;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const seconds = (fn.timeoutMilliseconds / 1000).toFixed(2);
        this.kill();
        this.#answer = undefined;
        resolve({
          type: 'answer',
          requestId,
          payload: null,
          memory: 0,
          error: {
            errorType: 'Sandbox.Timedout',
            errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
          },
        });
      }, fn.timeoutMilliseconds);
      this.#answer = (message) => {
        clearTimeout(timer);
        this.#answer = undefined;
        resolve(message);
      };
      this.#child.send({
        requestId,
        payload,
        clock: this.#machine.clock.reading(),
        traceId: `Root=1-${Math.floor(this.#machine.clock.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=${fn.traced ? 1 : 0}`,
        context: {
          functionName: fn.name,
          functionVersion: '$LATEST',
          invokedFunctionArn: fn.arn,
          memoryLimitInMB: String(fn.memoryMegabytes),
          logGroupName: fn.logGroup,
          logStreamName: this.#stream,
          timeoutMilliseconds: fn.timeoutMilliseconds,
        },
      });
    });
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.dead) this.#child.kill(signal);
  }

  kill(): void {
    this.dead = true;
    this.#child.kill('SIGKILL');
    this.#child.kill('SIGCONT');
  }
}

interface Answer {
  readonly type: 'answer';
  readonly requestId: string;
  readonly payload: unknown;
  readonly error?: InvocationError;
  readonly memory?: number;
}

/**
 * In a log group that it may share with others a function's streams carry its name.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 */
function streamOf(
  { name, logGroup }: Pick<LambdaFunction, 'name' | 'logGroup'>,
  environment: string,
): string {
  return logGroup === `/aws/lambda/${name}` ? `[$LATEST]${environment}` : `${name}[$LATEST][${environment}]`;
}
