import { gravest } from '../../schemas/finding.ts';
import type { Check, Verdict } from '../../schemas/run.ts';
import { short } from '../ecs/steadiness.ts';
import { NeedsHuman, Refused } from '../errors.ts';
import { counted, fineWords, inBrief, judged, tally } from '../report/judged-checks.ts';
import { runCommand } from '../report/run-command.ts';
import type { Examined, Release } from './state.ts';

/** What was decided of a release. */
export interface Decided {
  /** For the report. */
  readonly words: Verdict;
  /** The same in a sentence. */
  readonly summary: string;
  readonly warnings: number;
  /** Present where it may not go out. */
  readonly refusal?: Refused | NeedsHuman;
}

/**
 * Decides whether a release may go out. It is a guard: what has failed is refused. What could not be looked at is neither good nor bad,
 * and a person has to look.
 */
export function decidePreflight(
  service: string,
  { taskDefinition, running }: Pick<Release, 'taskDefinition' | 'running'>,
  parts: readonly Examined[],
): Decided {
  const release = short(taskDefinition);
  const checks = parts.flatMap((part) => part.checks);
  const { fail, unknown, warn } = judged(checks);
  const verdict = gravest(parts.map((part) => part.verdict));
  const again = `start preflight again: \`${runCommand('preflight', `service/${service}`)}\`.`;
  const untouched = `Nothing was changed; ${service} still runs ${short(running)}.`;
  const facts = { taskDefinition, checks: [...fail, ...unknown].map(({ name }) => name) };
  if (verdict === 'pass' || verdict === 'warn')
    return {
      words: {
        title: `${release} may be released to ${service}${warned(warn)}`,
        fine: fineWords(checks),
        next:
          warn.length === 0
            ? 'Nothing: release it.'
            : `Read the ${warn.length === 1 ? 'warning' : 'warnings'}, and release it.`,
      },
      summary: `${release} may be released to ${service}: ${counted(checks.length)} passed${warned(warn)}.`,
      warnings: warn.length,
    };
  if (verdict === 'fail') {
    const no = `${release} must not be released to ${service}`;
    return {
      words: {
        title: `${no}: ${tally(checks)}`,
        fine: `No: it must not go out. ${untouched}`,
        next: `Put right what has failed, register a new revision, and ${again}`,
      },
      summary: `${no}: ${sentence(checks)}.`,
      warnings: warn.length,
      refusal: new Refused(
        `${no}: ${sentence(checks)}. Nothing was changed. Put it right, and ${again}`,
        facts,
      ),
    };
  }
  const perhaps = `Whether ${release} may be released to ${service} is not known`;
  return {
    words: {
      title: `${perhaps}: ${tally(checks) || 'nothing was looked at'}`,
      fine: `Nobody can tell: nothing has failed, and not everything could be looked at. ${untouched}`,
      next: `Let Nightshift look at what could not be looked at, or look yourself; then ${again}`,
    },
    summary: `${perhaps}: ${sentence(checks)}.`,
    warnings: warn.length,
    refusal: new NeedsHuman(
      `${perhaps}: ${sentence(checks)}. Nothing was changed. Let Nightshift look at it, or look yourself; then ${again}`,
      facts,
    ),
  };
}

const warned = (warnings: readonly Check[]) =>
  warnings.length === 0 ? '' : `, with ${counted(warnings.length, 'warning')}`;

const sentence = (checks: readonly Check[]) => inBrief(checks) || 'nothing was looked at';
