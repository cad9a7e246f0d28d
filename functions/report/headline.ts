import type { AuditEntry, RunRecord } from '../../schemas/run.ts';
import { fineWords, tally } from './judged-checks.ts';
import { looksOnly, wrongInput } from './looks-only.ts';
import { said } from './markdown-text.ts';
import { runCommand } from './run-command.ts';
import { duration, timingsOf } from './timings.ts';

/** What a person with ten seconds reads: what happened, whether it is fine now, what is to be done. */
export function headline(record: RunRecord, entries: readonly AuditEntry[], page: string): string[] {
  const { joined, run } = record;
  return [
    ...(record.verdict === undefined
      ? [happened(record, entries), '', ...answers(record, entries, page)]
      : [...ownWords(record, record.verdict, page), '', happened(record, entries)]),
    ...(joined > 0
      ? [
          '',
          `${joined} further ${joined === 1 ? 'trigger' : 'triggers'} for the same target joined this run.`,
        ]
      : []),
    ...(run.override
      ? [
          '',
          looksOnly(record.plan)
            ? `A reason was given by hand: ${said(run.override)}`
            : `Guards were overridden by hand: ${said(run.override)}`,
        ]
      : []),
  ];
}

const fine = (words: string) => `**Is it fine now?** ${words}`;
const next = (words: string) => `**What you need to do.** ${words}`;

function happened({ plan }: RunRecord, entries: readonly AuditEntry[]): string {
  const trigger = entries.find(({ kind }) => kind === 'trigger')?.summary ?? 'Started by hand.';
  return `**What happened.** ${said(trigger)}${plan ? ` ${said(plan.summary)}` : ''}`;
}

/** What a runbook says of itself; and what went wrong besides, which it cannot have known. */
function ownWords(record: RunRecord, verdict: NonNullable<RunRecord['verdict']>, page: string): string[] {
  const besides = errorBesides(record);
  return [
    fine(said(verdict.fine)),
    '',
    next(
      `${said(verdict.next)}${record.outcome === 'verified' ? '' : ` See [the runbook's page](${page}).`}`,
    ),
    ...(besides === undefined ? [] : ['', `**What went wrong besides.** ${said(besides)}`]),
  ];
}

/** What was found is told by the verdict; any other error is not. */
export function errorBesides({ verdict, error }: Pick<RunRecord, 'verdict' | 'error'>): string | undefined {
  if (verdict === undefined || error === undefined) return undefined;
  return ['Refused', 'NeedsHuman', 'VerificationFailed'].includes(error.name) ? undefined : error.message;
}

function answers(record: RunRecord, entries: readonly AuditEntry[], page: string): string[] {
  const { outcome, plan, checks, error, opening } = record;
  const pageLink = `See [the runbook's page](${page}).`;
  if (outcome === 'verified')
    return [
      fine(looksOnly(plan) ? said(fineWords(checks)) : afterChange(record, entries)),
      '',
      next(said(plan?.words?.next ?? 'Nothing.')),
    ];
  if (outcome === 'planned')
    return [
      fine('Unknown: this was a plan only.'),
      '',
      next(
        `Read the plan; \`${runCommand(record.run.runbook, record.target)}\` carries it out${looksOnly(plan) ? '' : ', while the switch is on'}.`,
      ),
    ];
  if (outcome === 'joined') {
    const other = opening?.joinedRun;
    return [
      fine(
        `The run that this one joined${other === undefined ? '' : `, \`${other}\`,`} tells; this one changed nothing.`,
      ),
      '',
      next('Nothing here: read the report of that run.'),
    ];
  }
  if (outcome === 'undone' && plan?.words?.undone !== undefined)
    return [
      fine('Yes, as before: what this run had changed was taken back, and looked at.'),
      '',
      next(said(plan.words.undone)),
      '',
      `**Why it was taken back.** ${said(error?.message ?? 'See the timeline below.')} ${pageLink}`,
    ];
  return [
    fine(notGood(record)),
    '',
    next(`${said(error?.message ?? 'Look at the timeline below.')} ${pageLink}`),
  ];
}

function afterChange(record: RunRecord, entries: readonly AuditEntry[]): string {
  return `Yes: ${record.checks.length} checks, all made after the change, passed. From the first sign to verified it took ${duration(timingsOf(record, entries).toRecover)}.`;
}

function notGood(record: RunRecord): string {
  const { acted, quiet, outcome, plan, checks } = record;
  if (wrongInput(record)) return 'This run does not tell: it ended before it looked. Nothing was changed.';
  const bad = tally(checks);
  if (looksOnly(plan) && bad !== '')
    return `${checks.some(({ passed, verdict }) => !passed && verdict !== 'unknown') ? 'No' : 'Not known'}: ${bad}.`;
  if (looksOnly(plan) && outcome === 'refused') return 'No, for the reasons below; this run only looks.';
  if (looksOnly(plan)) return 'Not known: this run could not look, and changed nothing.';
  if (acted) return 'No: something was changed, and it was not proved good.';
  return quiet
    ? 'As far as its alarm tells, yes. Nothing was changed by this run.'
    : 'Nothing was changed by this run; whatever was wrong still is.';
}
