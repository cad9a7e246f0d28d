// biome-ignore lint/suspicious/noExplicitAny: event details have the members of the API.
type Any = any;

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** Step Functions ends an execution whose history grows beyond this. */
export const LARGEST_HISTORY = 25_000;

/** Members of a history event that hold the details of an event type. */
function detailsName(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`;
}

function withTruncation(details: Record<string, unknown>): Record<string, unknown> {
  return {
    ...details,
    ...('input' in details ? { inputDetails: { truncated: false } } : {}),
    ...('output' in details ? { outputDetails: { truncated: false } } : {}),
  };
}

/** The history of one execution, as GetExecutionHistory returns it. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  #sealed = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What still happens after the execution has ended is not recorded. */
  add(type: string, details?: Record<string, unknown>): void {
    if (this.#sealed) return;
    this.#sealed = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type);
    const id = this.events.length + 1;
    this.events.push({
      id,
      // AWS counts neither the start nor what ends the execution from outside as a consequence of an event.
      previousEventId: id === 2 || /^Execution(Aborted|TimedOut)$/.test(type) ? 0 : id - 1,
      timestamp: new Date(this.#now()),
      type,
      ...(details ? { [detailsName(type)]: withTruncation(details) } : {}),
    });
  }

  /** Takes an event of the interpreter; `typeOf` gives a state's type as written (waits run as tasks). */
  interpreterEvent(event: Any, typeOf: (state: string) => string | undefined): void {
    const { state } = event;
    const type = state ? (typeOf(state.name) ?? state.type) : '';
    switch (event.type) {
      case 'StateEntered':
        this.add(`${type}StateEntered`, { name: state.name, input: JSON.stringify(state.input) });
        break;
      case 'StateExited':
        // A Fail state is never left.
        if (type !== 'Fail')
          this.add(`${type}StateExited`, { name: state.name, output: JSON.stringify(state.output) });
        break;
      default:
        break;
    }
  }
}
