import type { DayChange, JudgedTarget, KeptHealth } from '../../../schemas/daily-health.ts';
import type { Verdict } from '../../../schemas/finding.ts';

/** Names of the checks with a verdict. */
export const namesOf = ({ bad }: Pick<KeptHealth, 'bad'>, verdict: Verdict) =>
  new Set(bad.filter((one) => one.verdict === verdict).map(({ check }) => check));

/** What is kept of a target until the next day. */
export const keep = ({ target, verdict, bad }: JudgedTarget): KeptHealth => ({
  target,
  verdict,
  bad: bad.map((one) => ({ check: one.check, verdict: one.verdict })),
});

/** What became of every target of either day; each is told once, in the order of the newer one. */
export function compareDays(
  before: readonly KeptHealth[],
  now: readonly KeptHealth[],
): Map<DayChange, string[]> {
  const earlier = new Map(before.map((one) => [one.target, one]));
  const later = new Set(now.map(({ target }) => target));
  const changes = new Map<DayChange, string[]>();
  const tell = (change: DayChange, target: string) =>
    changes.set(change, [...(changes.get(change) ?? []), target]);
  for (const one of now) tell(changeOf(earlier.get(one.target), one), one.target);
  for (const target of earlier.keys()) if (!later.has(target)) tell('no longer declared', target);
  return changes;
}

function changeOf(before: KeptHealth | undefined, now: KeptHealth): DayChange {
  if (before === undefined) return 'declared since';
  switch (now.verdict) {
    case 'fail':
      return before.verdict === 'fail' ? 'still broken' : 'newly broken';
    case 'unknown':
      return before.verdict === 'unknown' ? 'still not known' : 'not known any more';
    case 'warn':
      if (before.verdict === 'fail') return 'mended';
      if (before.verdict === 'unknown') return 'known again';
      return before.verdict === 'pass' || warnsAnew(before, now) ? 'new warnings' : 'as before';
    case 'pass':
      if (before.verdict === 'fail') return 'mended';
      if (before.verdict === 'unknown') return 'known again';
      return before.verdict === 'warn' ? 'no more warnings' : 'as before';
  }
}

function warnsAnew(before: KeptHealth, now: KeptHealth): boolean {
  const known = namesOf(before, 'warn');
  return [...namesOf(now, 'warn')].some((check) => !known.has(check));
}
