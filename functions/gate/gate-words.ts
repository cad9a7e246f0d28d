import type { GateDecision } from '../../schemas/gate-decision.ts';
import type { Verdict } from '../../schemas/run.ts';
import { counted, fineWords, inBrief, judged, tally } from '../report/judged-checks.ts';
import { runCommand } from '../report/run-command.ts';

type Told = Pick<GateDecision, 'target' | 'open' | 'checks' | 'firm' | 'declared' | 'override'>;

/** Gate of a service that nobody has declared. */
export const UNDECLARED = 'gate';

/** What the report of a run says of a gate, in words of its own. */
export function gateWords(gate: Told, overridden: boolean): Verdict {
  const { target, open, checks, override } = gate;
  const name = nameOf(target);
  const gateOf = `The gate of ${name}`;
  if (!open)
    return {
      title: `${gateOf} is closed: ${gate.declared ? tally(checks) || 'nothing was looked at' : 'none is declared'}`,
      fine: `No: ${name} must not be changed now. This run only looked, and changed nothing.`,
      next: whatNext(gate, overridden),
    };
  const { warn } = judged(checks);
  if (override !== undefined)
    return {
      title: `${gateOf} is open for an emergency; ${counted(override.checks.length)} ${override.checks.length === 1 ? 'was' : 'were'} passed over`,
      fine: `Not all is well: ${override.checks.join(', ')} had not passed. The reason that was given: ${override.reason}.`,
      next: 'Change what the emergency needs and nothing else; then make good what was passed over.',
    };
  return {
    title: `${gateOf} is open${warn.length === 0 ? '' : `, with ${counted(warn.length, 'warning')}`}`,
    fine: fineWords(checks),
    next: 'Nothing: it may be changed.',
  };
}

/** `api` of `service/api`. */
export const nameOf = (target: string): string => target.replace(/^service\//, '');

/** The same in a sentence, for whoever sees the error alone. */
export function whyClosed({ checks, declared }: Pick<Told, 'checks' | 'declared'>): string {
  if (!declared) return 'no gate is declared';
  return inBrief(checks) || 'nothing was looked at';
}

/** What is to be done about a closed gate, with what an emergency would change. */
export function whatNext({ target, declared, firm, checks }: Told, overridden: boolean): string {
  const again = runCommand('release-gate', target);
  if (!declared)
    return `Say in services.${nameOf(target)}.gate what has to hold before it is changed, and deploy that.`;
  const what = `Do what stands beside each of them, and ask again: \`${again}\`.`;
  if (firm.length > 0) return `${what} Not even an emergency passes over ${firm.join(', ')}.`;
  return overridden || checks.length === 0
    ? what
    : `${what} In an emergency give a reason, which is recorded: \`${again} --reason "…"\`.`;
}
