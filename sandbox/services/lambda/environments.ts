import { availableParallelism } from 'node:os';
import { AwsError } from '../../contract.ts';
import type { ExecutionEnvironment } from './execution-environment.ts';
import type { Turns } from './turns.ts';

/** So many start without waiting for another one to become idle. */
const AT_ONCE = availableParallelism();
/** About as long as a start takes: while one becomes idle that often, it is there sooner than a new one. Real milliseconds. */
const PATIENCE_MILLISECONDS = 200;

/**
 * The execution environments of one function. As Lambda does, it uses one that is idle again and starts another one where there is none; but
 * fifty that start at the same time on two processors would only keep those from their work that run already.
 */
export class Environments {
  readonly #concurrency: number;
  readonly #start: () => ExecutionEnvironment;
  readonly #turns: Turns;
  readonly #waiting: Array<PromiseWithResolvers<ExecutionEnvironment>> = [];
  #all: ExecutionEnvironment[] = [];
  /** Turns to start one that have been asked for and have not come. */
  #asked = 0;
  /** When one was given to somebody who waited. */
  #givenAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param turns of starting one, shared with the other functions of this machine */
  constructor(concurrency: number, start: () => ExecutionEnvironment, turns: Turns) {
    this.#concurrency = concurrency;
    this.#start = start;
    this.#turns = turns;
  }

  /**
   * An environment for one invocation.
   *
   * @throws AwsError `TooManyRequestsException`
   */
  async take(): Promise<ExecutionEnvironment> {
    this.#all = this.#all.filter(({ dead }) => !dead);
    const idle = this.#all.find(({ busy }) => !busy);
    if (idle) {
      idle.busy = true;
      return idle;
    }
    if (this.#all.length + this.#waiting.length >= this.#concurrency)
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    if (this.#closed) throw new Error('The sandbox is closed; it runs no more functions.');
    const waiting = Promise.withResolvers<ExecutionEnvironment>();
    this.#waiting.push(waiting);
    this.#consider();
    return waiting.promise;
  }

  giveBack(environment: ExecutionEnvironment): void {
    environment.busy = false;
    if (!environment.dead) this.#give(environment);
    this.#consider();
  }

  #give(environment: ExecutionEnvironment): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    environment.busy = true;
    this.#givenAt = performance.now();
    waiting.resolve(environment);
  }

  /** Starts another one where somebody waits and waiting longer would not be quicker. */
  #consider(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#waiting.length <= this.#asked) return;
    const living = this.#all.filter(({ dead }) => !dead).length + this.#asked;
    const left = living < AT_ONCE ? 0 : this.#givenAt + PATIENCE_MILLISECONDS - performance.now();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#consider(), left);
      return;
    }
    this.#asked += 1;
    this.#turns.take(() => {
      this.#asked -= 1;
      // Whoever asked for it has been given another one, or is not there any more.
      if (this.#waiting.length === 0 || this.#closed) return undefined;
      try {
        const environment = this.#start();
        this.#all.push(environment);
        this.#give(environment);
        this.#consider();
        return environment.ready;
      } catch (error) {
        // There are no more processes: whoever waits has to know.
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        return undefined;
      }
    });
  }

  /** Ends those that have been idle for longer, in real milliseconds. */
  endIdle(milliseconds: number): void {
    for (const environment of this.#all)
      if (!environment.busy && performance.now() - environment.idleSince > milliseconds) environment.kill();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const environment of this.#all) environment.kill();
    const over = new Error('The sandbox is closed; it runs no more functions.');
    for (const { reject } of this.#waiting.splice(0)) reject(over);
  }
}
