import type { Check, Verdict } from '../../schemas/run.ts';
import { counted, fineWords, judged, tally } from '../report/judged-checks.ts';
import { runCommand } from '../report/run-command.ts';

/** What the report of a run says of a comparison, in words of its own. */
export function parityWords(
  service: string,
  taskDefinition: string,
  others: readonly string[],
  checks: readonly Check[],
): Verdict {
  if (others.length === 0)
    return {
      title: `${taskDefinition} was compared with nothing; its fingerprint was kept`,
      fine: `Nobody can tell: no other environment is declared to compare ${service} with.`,
      next: 'Nothing, where other environments compare themselves with this one. Otherwise declare them under parity.with, and deploy that.',
    };
  const { fail, unknown, warn } = judged(checks);
  const where = others.join(', ');
  const again = `\`${runCommand('check-parity', `service/${service}`)}\``;
  if (fail.length > 0)
    return {
      title: `${service} differs from ${where} in what nobody has declared`,
      fine: `No: ${tally(checks)}. Nothing was changed.`,
      next: `Make each of them the same, or declare it under parity.differences where it is meant; then compare again: ${again}.`,
    };
  if (unknown.length > 0)
    return {
      title: `Whether ${service} is the same as in ${where} is not known`,
      fine: `Nobody can tell: no difference was found, and ${tally(checks)}.`,
      next: `See to it that both can be read; then compare again: ${again}.`,
    };
  return {
    title: `${service} is the same as in ${where}, but for what is declared${warn.length === 0 ? '' : `; ${counted(warn.length, 'warning')}`}`,
    fine: fineWords(checks),
    next: warn.length === 0 ? 'Nothing.' : 'Nothing at once; read the warnings.',
  };
}
