import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Caller, Machine, RegisteredTarget } from '../../contract.ts';
import { freePort, untilListening } from '../../free-port.ts';
import { secretFailure } from './secret-failure.ts';
import type { TaskDefinition } from './task-definitions.ts';

// biome-ignore lint/suspicious/noExplicitAny: container definitions have the members of the API.
type Any = any;

/** Gives a program of Node.js the sandbox's time. */
const TASK_TIME = new URL('task-time.mjs', import.meta.url).href;
/** What the states before RUNNING take, in sandbox milliseconds: a network interface, an image that is there already. */
const PROVISIONING_MILLISECONDS = 2000;
const PENDING_MILLISECONDS = 3000;
/** What taking a single task's network interface away takes, in sandbox milliseconds. */
const DEPROVISIONING_MILLISECONDS = 2000;
/** Time between SIGTERM and SIGKILL, in sandbox milliseconds (`stopTimeout`), but never less than this much real time. */
const DEFAULT_STOP_SECONDS = 30;
const SHORTEST_STOP_REAL_MILLISECONDS = 500;
/** A program that does not listen after so long is left to its health checks. */
const LONGEST_BOOT_REAL_MILLISECONDS = 10_000;
/** For so long what a single task does counts as work of this machine; one that goes on for longer mostly waits. */
const LONGEST_WORK_REAL_MILLISECONDS = 10_000;

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: ReadonlyArray<{ readonly name: string; readonly value?: string }>;
}

/** How a task came to be. */
export interface Launch {
  /** Name. */
  readonly cluster: string;
  /** `service:NAME`, or `family:NAME` for a single task unless it was given another. */
  readonly group: string;
  /** The deployment, or what the caller of RunTask says. */
  readonly startedBy?: string | undefined;
  /** No service runs it. */
  readonly single?: boolean;
  readonly tags?: ReadonlyArray<{ key: string; value: string }>;
  /** `networkConfiguration` of RunTask. */
  readonly network?: { readonly awsvpcConfiguration?: { readonly subnets?: readonly string[] } } | undefined;
  readonly overrides?: {
    readonly containerOverrides?: readonly ContainerOverride[];
    readonly taskRoleArn?: string;
    readonly executionRoleArn?: string;
  };
  readonly platformVersion?: string | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
}

/** One task: the process of its essential container. */
export class Task {
  readonly id = randomBytes(16).toString('hex');
  readonly definition: TaskDefinition;
  readonly launch: Launch;
  readonly createdAt: number;
  status: TaskStatus = 'PROVISIONING';
  stoppedReason = '';
  stopCode = '';
  exitCode: number | undefined;
  stoppedAt: number | undefined;
  startedAt: number | undefined;
  stoppingAt: number | undefined;
  /** Grows with every state. */
  version = 1;
  /** Set once the process listens for a target group. */
  target: RegisteredTarget | undefined;
  readonly #machine: Machine;
  readonly #changed: (task: Task) => void;
  #child: ChildProcess | undefined;
  #stopping = false;

  constructor(machine: Machine, definition: TaskDefinition, launch: Launch, changed: (task: Task) => void) {
    this.#machine = machine;
    this.definition = definition;
    this.launch = launch;
    this.#changed = changed;
    this.createdAt = machine.clock.now();
  }

  /** The deployment of the service that runs it. */
  get deploymentId(): string | undefined {
    return this.launch.startedBy;
  }

  /** Whether it is to run, as far as ECS is concerned. */
  get desiredStatus(): 'RUNNING' | 'STOPPED' {
    return this.#stopping || !['PROVISIONING', 'PENDING', 'RUNNING'].includes(this.status)
      ? 'STOPPED'
      : 'RUNNING';
  }

  get #override(): ContainerOverride | undefined {
    return this.launch.overrides?.containerOverrides?.find(({ name }) => name === this.container.name);
  }

  get container(): Any {
    return this.definition.definition.containerDefinitions.find((container: Any) => container.essential);
  }

  get imageDigest(): string | undefined {
    return this.#machine.images.get(this.container.image)?.digest;
  }

  get isStopped(): boolean {
    return this.status === 'STOPPED';
  }

  /** Runs until the process is up (or has failed); `targetGroupArn` registers it with a load balancer. */
  async start(targetGroupArn?: string): Promise<void> {
    const { clock } = this.#machine;
    try {
      await clock.sleep(PROVISIONING_MILLISECONDS);
      if (this.#stopping) return this.#stopped(this.stopCode, this.stoppedReason, undefined);
      this.#enter('PENDING');
      const image = this.#machine.images.get(this.container.image);
      if (!image)
        return this.#stopped(
          'TaskFailedToStart',
          `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${this.container.image}: not found`,
          undefined,
        );
      const environment = await this.#environment(image.environment ?? {});
      await clock.sleep(PENDING_MILLISECONDS);
      if (this.#stopping) return this.#stopped(this.stopCode, this.stoppedReason, undefined);
      const port = Number(environment.PORT);
      const [program = 'node', ...parameters] = image.command;
      const command = this.#override?.command ?? this.container.command ?? [];
      const child = this.#machine.processes.spawn(
        program === 'node' ? process.execPath : program,
        [...parameters, ...command],
        { env: environment, cwd: this.#machine.directory },
      );
      this.#child = child;
      this.#pipeLogs(child);
      child.once('exit', (code, signal) => this.#exited(code ?? (signal === 'SIGKILL' ? 137 : 143)));
      this.startedAt = clock.now();
      this.#enter('RUNNING');
      if (targetGroupArn !== undefined) {
        this.target = this.#machine.engines.registerTarget(targetGroupArn, port);
        void this.#boot(child, port);
      }
      if (this.launch.single) this.#work(child);
    } catch (error) {
      this.#stopped(
        'TaskFailedToStart',
        `ResourceInitializationError: ${(error as Error).message}`,
        undefined,
      );
    }
  }

  /** What a single task does is what somebody waits for: AWS would take as long. */
  #work(child: ChildProcess): void {
    const done = this.#machine.clock.work();
    const limit = setTimeout(end, LONGEST_WORK_REAL_MILLISECONDS).unref();
    function end(): void {
      clearTimeout(limit);
      child.off('exit', end);
      done();
    }
    child.once('exit', end);
  }

  /** Starting a program is work of this machine: until it listens, or has ended, or seems never to listen. */
  async #boot(child: ChildProcess, port: number): Promise<void> {
    const done = this.#machine.clock.work();
    const booted = new AbortController();
    const end = () => booted.abort();
    child.once('exit', end);
    const limit = setTimeout(end, LONGEST_BOOT_REAL_MILLISECONDS).unref();
    await untilListening(port, booted.signal);
    clearTimeout(limit);
    child.off('exit', end);
    done();
  }

  /** Image, definition, overrides and secrets, in this order; PORT says where to listen, for the task has no network of its own. */
  async #environment(fromImage: Record<string, string>): Promise<Record<string, string>> {
    const definition = { ...this.definition.definition, ...this.launch.overrides };
    const named = (variables: Any[]) =>
      Object.fromEntries(variables.map(({ name, value }) => [name, value ?? '']));
    const environment: Record<string, string> = {
      PATH: process.env.PATH ?? '',
      ...fromImage,
      ...named(this.container.environment),
      ...named([...(this.#override?.environment ?? [])]),
    };
    const caller: Caller = { kind: 'role', roleArn: definition.executionRoleArn ?? '', session: this.id };
    for (const { name, valueFrom } of this.container.secrets) {
      if (definition.executionRoleArn === undefined)
        throw new Error('the task definition has secrets but no execution role');
      this.#machine.policies.requireAssumable(definition.executionRoleArn, 'ecs-tasks.amazonaws.com');
      environment[name] = valueFrom.includes(':secretsmanager:')
        ? await this.#machine.engines.readSecret(valueFrom, { caller }).catch((error: Error) => {
            throw secretFailure(valueFrom, error);
          })
        : await this.#machine.engines.readParameter(valueFrom, { caller });
    }
    if (definition.taskRoleArn) {
      this.#machine.policies.requireAssumable(definition.taskRoleArn, 'ecs-tasks.amazonaws.com');
      const credentials = this.#machine.policies.credentialsFor(definition.taskRoleArn, this.id);
      Object.assign(environment, {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      });
    }
    return {
      ...environment,
      AWS_REGION: this.#machine.region,
      AWS_ENDPOINT_URL: this.#machine.endpoint,
      NODE_EXTRA_CA_CERTS: this.#machine.certificateAuthority.file,
      // A task has the time that AWS has: tokens and keys carry times.
      NODE_OPTIONS: `--import=${TASK_TIME} ${environment.NODE_OPTIONS ?? ''}`.trim(),
      SANDBOX_CLOCK_FILE: this.#machine.clockFile,
      PORT: String(await freePort()),
    };
  }

  #pipeLogs(child: ChildProcess): void {
    const options = this.container.logConfiguration?.options;
    const group = options?.['awslogs-group'];
    if (group === undefined) {
      child.stdout?.resume();
      child.stderr?.resume();
      return;
    }
    const stream = `${options['awslogs-stream-prefix'] ?? 'ecs'}/${this.container.name}/${this.id}`;
    for (const output of [child.stdout, child.stderr])
      if (output)
        createInterface({ input: output }).on('line', (line) =>
          this.#machine.engines.putLog(group, stream, line),
        );
  }

  /** Drains, then ends the process as ECS does: SIGTERM, and SIGKILL after the stop time-out. */
  async stop(stopCode: string, reason: string): Promise<void> {
    if (this.#stopping || this.isStopped) return;
    this.#stopping = true;
    this.stopCode = stopCode;
    this.stoppedReason = reason;
    this.stoppingAt = this.#machine.clock.now();
    if (!this.#child) return;
    this.#enter('DEACTIVATING');
    await this.target?.deregister();
    this.#enter('STOPPING');
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const patience = Math.max(
      (this.container.stopTimeout ?? DEFAULT_STOP_SECONDS) * 1000,
      SHORTEST_STOP_REAL_MILLISECONDS * this.#machine.clock.speed,
    );
    const cancel = this.#machine.clock.after(patience, () => child.kill('SIGKILL'));
    await gone;
    cancel();
  }

  kill(): void {
    this.#stopping = true;
    this.#child?.kill('SIGKILL');
  }

  #exited(code: number): void {
    void this.target?.deregister();
    if (!this.#stopping) {
      this.stopCode = 'EssentialContainerExited';
      this.stoppedReason = 'Essential container in task exited';
    }
    const stopped = () => this.#stopped(this.stopCode, this.stoppedReason, code);
    if (!this.launch.single) {
      stopped();
      return;
    }
    this.exitCode = code;
    this.stoppingAt ??= this.#machine.clock.now();
    this.#enter('DEPROVISIONING');
    this.#machine.clock.after(DEPROVISIONING_MILLISECONDS, stopped);
  }

  #stopped(stopCode: string, reason: string, exitCode: number | undefined): void {
    Object.assign(this, { stopCode, stoppedReason: reason, exitCode, stoppedAt: this.#machine.clock.now() });
    this.#enter('STOPPED');
  }

  #enter(status: TaskStatus): void {
    if (this.status === 'STOPPED') return;
    this.status = status;
    this.version += 1;
    this.#changed(this);
  }
}
