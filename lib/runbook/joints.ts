/** Names of the states of every runbook that are not steps. */
export const JOINTS = {
  opened: 'was-it-opened',
  planned: 'what-follows-the-plan',
  judged: 'is-it-good',
  ended: 'how-did-it-end',
  succeeded: 'run-succeeded',
  failed: 'run-failed',
} as const;
