/** Lets so much work go on at the same time; what comes later waits for its turn, in the order in which it came. */
export class Turns {
  readonly #queue: Array<() => Promise<unknown> | undefined> = [];
  #free: number;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** @param work begins when its turn has come, and says when it has ended; undefined where there is nothing to do any more */
  take(work: () => Promise<unknown> | undefined): void {
    this.#queue.push(work);
    this.#next();
  }

  #next(): void {
    while (this.#free > 0 && this.#queue.length > 0) {
      const going = this.#queue.shift()?.();
      if (going === undefined) continue;
      this.#free -= 1;
      const ended = () => {
        this.#free += 1;
        this.#next();
      };
      going.then(ended, ended);
    }
  }
}
