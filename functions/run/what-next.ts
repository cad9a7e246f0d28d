import type { ActionRecord } from './action-record.ts';

/** States that start services again, after a swap or after it was taken back. */
const STARTING: ReadonlySet<string> = new Set(['start-consumers', 'restart-consumers']);

/** What a person does after a run that has changed something and did not come to an end of its own making. */
export function whatNext(
  target: string,
  actions: ReadonlyArray<Pick<ActionRecord, 'step' | 'status' | 'result'>>,
): string {
  if (!target.startsWith('database/')) return `Look at ${target} now: its deployments and its health.`;
  const stopping = actions.find(({ step }) => step === 'stop-consumers');
  const started = actions.some(({ step, status }) => STARTING.has(step) && status === 'done');
  const { services = [] } = (stopping?.result ?? {}) as { services?: ReadonlyArray<{ name: string }> };
  const names = services.map(({ name }) => name).join(', ');
  return [
    ...(stopping === undefined || started
      ? []
      : [`Services that use it are stopped${names === '' ? '' : `: ${names}`}.`]),
    `Start the runbook again: it finds how far things are, and says how to go on or back.`,
  ].join(' ');
}
