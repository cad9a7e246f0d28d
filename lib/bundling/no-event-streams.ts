/**
 * Stands in for the SDK's event streams in function bundles: no call that Nightshift makes answers with a stream of events
 * (those are for speech, logs that are tailed and the like), and every client loads their code.
 */
const refuse = (): never => {
  throw new Error('Event streams are left out of function bundles; see lib/bundling/no-event-streams.ts.');
};

export const eventStreamSerdeProvider = refuse;
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
export class EventStreamSerde {
  constructor() {
    refuse();
  }
}
