import { subscribe } from 'node:diagnostics_channel';

/** A rotation function in a process of its own, kept warm: answers each event that it is sent, and tells how often it called AWS. */
const { handler } = (await import(process.argv[2] as string)) as {
  handler(event: unknown, context: object): Promise<unknown>;
};
const context = { awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => 300_000 };
let calls = 0;
// Every request of every client: PostgreSQL does not speak HTTP.
subscribe('http.client.request.start', () => {
  calls += 1;
});

process.on('message', (event) => {
  calls = 0;
  handler(event, context).then(
    () => process.send?.({ calls }),
    (error: Error) => process.send?.({ calls, error: `${error.name}: ${error.message}` }),
  );
});
