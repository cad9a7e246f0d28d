import type { RunRecord } from '../../schemas/run.ts';

/** Whether a runbook only looks: its plan has nothing to do. Unknown, and so false, of a run that ended before its plan. */
export const looksOnly = (made: RunRecord['plan']): boolean => made?.actions.length === 0;

/** Of all targets together, which a run looks at, whatever it came to. */
export const ofFleet = ({ target }: Pick<RunRecord, 'target'>): boolean => target.startsWith('fleet/');

/** What was asked for cannot be: the run ended before it looked at anything. */
export const wrongInput = ({ outcome, error }: Pick<RunRecord, 'outcome' | 'error'>): boolean =>
  outcome === 'refused' && error?.name === 'InvalidInput';
