import type { Problem } from '../../schemas/preflight/problem.ts';

/** One check that was made, and what is wrong if anything is. */
export interface Checked {
  readonly problem?: Problem;
}

export const passed: Checked = {};
