import type { CheckReport } from '../../schemas/health.ts';
import { gather } from './gather.ts';
import { lookAtAll, type Part, withinTime } from './look-at-all.ts';

/** For all checks of one target; what is not known by then is unknown. A function that checks is given a quarter more. Milliseconds. */
export const CHECKING_MILLISECONDS = 45_000;
/** Hundreds of others are looked at too. */
export const PATIENT = { patient: true };

/** Looks at all parts of one target within the time that it is given. It fails at nothing: what cannot be looked at is a finding too. */
export async function checkParts(
  target: string,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<CheckReport> {
  const at = new Date();
  const findings = await withinTime(CHECKING_MILLISECONDS, signal, (until) =>
    lookAtAll(parts, until, PATIENT),
  );
  return gather(target, findings, at);
}
