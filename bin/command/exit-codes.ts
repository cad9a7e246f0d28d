import type { RunRecord } from '../../schemas/run.ts';

/** What the command's exit code says. */
export const ExitCode = { done: 0, other: 1, badInput: 2, refused: 3, notVerified: 4 } as const;

/** An error of the command itself, with the exit code that belongs to it. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = ExitCode.badInput) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** The exit code for how a run ended. */
export function exitCodeOf(record: Pick<RunRecord, 'outcome' | 'acted' | 'error'>): number {
  switch (record.outcome) {
    case 'verified':
    case 'planned':
    case 'joined':
      return ExitCode.done;
    case 'refused':
      return record.error?.name === 'InvalidInput' ? ExitCode.badInput : ExitCode.refused;
    case 'undone':
      return ExitCode.notVerified;
    default:
      return record.acted ? ExitCode.notVerified : ExitCode.other;
  }
}
