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

/** The history of one execution, as GetExecutionHistory returns it. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  #caught: string | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(type: string, details?: Record<string, unknown>): void {
    const id = this.events.length + 1;
    this.events.push({
      id,
      previousEventId: id - 1,
      timestamp: new Date(this.#now()),
      type,
      ...(details ? { [detailsName(type)]: details } : {}),
    });
  }

  /** Takes an event of the interpreter; `typeOf` gives a state's type as written (waits run as tasks). */
  interpreterEvent(event: Any, typeOf: (state: string) => string | undefined): void {
    const { state } = event;
    const type = state ? (typeOf(state.name) ?? state.type) : '';
    switch (event.type) {
      case 'StateEntered':
        if (this.#caught !== undefined) {
          this.add('TaskStateExited', { name: this.#caught, output: JSON.stringify(state.input) });
          this.#caught = undefined;
        }
        this.add(`${type}StateEntered`, { name: state.name, input: JSON.stringify(state.input) });
        break;
      case 'StateExited':
        // A Fail state is never left.
        if (type !== 'Fail')
          this.add(`${type}StateExited`, { name: state.name, output: JSON.stringify(state.output) });
        break;
      case 'StateCaught':
        this.#caught = state.name;
        break;
      default:
        break;
    }
  }
}
