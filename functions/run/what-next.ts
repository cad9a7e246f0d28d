import type { ActionRecord } from './action-record.ts';

/** States that start services again, after a swap or after it was taken back. */
const STARTING: ReadonlySet<string> = new Set(['start-consumers', 'restart-consumers']);

/** What a person does after a run that has changed something and did not come to an end of its own making. */
export function whatNext(
  target: string,
  actions: ReadonlyArray<Pick<ActionRecord, 'step' | 'status' | 'result'>>,
): string {
  if (target.startsWith('secret')) return nextForSecrets(target, actions);
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

/** States of rotations that matter afterwards, by the beginnings of their names. */
const ROTATION = {
  start: 'start-rotations',
  putBack: 'put-back-values',
  retire: 'retire-old-values',
} as const;

/** How far a rotation is decides whether one goes on or back. */
function nextForSecrets(
  target: string,
  actions: ReadonlyArray<Pick<ActionRecord, 'step' | 'status' | 'result'>>,
): string {
  const command = (way: string) =>
    target.startsWith('secret/')
      ? `"nightshift run rotate-secret --secret ${target.slice('secret/'.length)} --unfinished ${way}"`
      : `"nightshift run rotate-secret --secret … --unfinished ${way}" for each secret that the report names`;
  const begun = (name: string) => actions.some(({ step }) => step.startsWith(name));
  const ended = (name: string) =>
    actions.some(({ step, status }) => step.startsWith(name) && status === 'done');
  if (begun(ROTATION.retire))
    return `The value before is being taken away, or is gone: go on, not back. Start ${command('finish')}.`;
  if (ended(ROTATION.putBack))
    return 'The earlier value is current and good again. See whether the consumers run with it, and deploy those anew that do not.';
  if (!begun(ROTATION.start)) return `Look at ${target} and at its consumers, and start the runbook again.`;
  if (!target.startsWith('secret/'))
    return `What was rotated stays rotated. Start ${command('finish')}: it deploys the consumers anew, proves that they use it, and retires the value before.`;
  return `Both values are good as far as is known. Start ${command('finish')}: it deploys the consumers anew and proves the new value; with "undo" in the place of "finish" the earlier one is put back.`;
}
