import type { Judgement } from '../../../schemas/finding.ts';
import type { DatabaseHealth } from '../../../schemas/health/database-health.ts';

/** Connections of a server. */
export interface Connections {
  /** Taken by clients. */
  readonly used: number;
  /** `max_connections`, and how many of them ordinary clients do not get. */
  readonly most: number;
  readonly reserved: number;
}

/** Judges how many connections are left (P-02). */
export function judgeConnections(
  { used, most, reserved }: Connections,
  { warnPercent, failPercent, warnAbove = Number.POSITIVE_INFINITY }: DatabaseHealth['connections'],
): Judgement {
  const usable = most - reserved;
  const percent = (100 * used) / usable;
  const observed = `${used} of ${usable} connections are taken (${Math.round(percent)} %), ${reserved} more are reserved`;
  const expected = `less than ${warnPercent} % of the connections${Number.isFinite(warnAbove) ? `, at most ${warnAbove}` : ''}`;
  if (!(usable > 0))
    return { verdict: 'unknown', observed: 'the server does not say how many there may be', expected };
  const verdict =
    percent >= failPercent ? 'fail' : percent >= warnPercent || used > warnAbove ? 'warn' : 'pass';
  return { verdict, observed, expected };
}
