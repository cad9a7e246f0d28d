import type { ReadinessReport } from '../../schemas/readiness-report.ts';
import type { Verdict } from '../../schemas/run.ts';
import { counted, fineWords, judged, namesOf, tally } from '../report/judged-checks.ts';
import { runCommand } from '../report/run-command.ts';

/** What the report of a run says of readiness, in words of its own. */
export function readinessWords(
  service: string,
  { passed, checks }: Pick<ReadinessReport, 'passed' | 'checks'>,
): Verdict {
  const { fail, unknown, warn } = judged(checks);
  const again = `\`${runCommand('rollback-readiness', `service/${service}`)}\``;
  if (passed)
    return {
      title: `${service} is ready to be rolled back${warn.length === 0 ? '' : `, with ${counted(warn.length, 'warning')}`}`,
      fine: fineWords(checks),
      next: warn.length === 0 ? 'Nothing.' : 'Nothing at once; read the warnings.',
    };
  const bad = [...fail, ...unknown];
  const next = `Do what stands beside each of them, before the next release; then look again: ${again}.`;
  if (fail.length === 0)
    return {
      title: `Whether ${service} could be rolled back is not known: ${namesOf(bad) || 'nothing was looked at'}`,
      fine: `Nobody can tell: ${tally(checks) || 'nothing was looked at'}. What is not known does not count as ready.`,
      next,
    };
  return {
    title: `${service} is NOT ready to be rolled back: ${namesOf(bad)}`,
    fine: `No: ${tally(checks)}. ${service} itself was not touched; but if its next release went wrong, that might not be undone.`,
    next,
  };
}
