import type { Fact, Fingerprint } from '../../schemas/parity.ts';

/** One thing that is not the same in both environments. */
export interface Difference {
  /** `environment.PORT`, `cpu`, … */
  readonly what: string;
  /** What it is like in the one and in the other: in words that tell no value which may not be read by anybody. */
  readonly here: string;
  readonly there: string;
}

/** How one environment stands to another. */
export interface Comparison {
  /** Not declared, in the order of their names. */
  readonly differences: readonly Difference[];
  readonly unknown: ReadonlyArray<{ readonly what: string; readonly why: string }>;
  /** Names of differences that are declared. */
  readonly declared: readonly string[];
  /** Declared by their whole names, and the same in both or in neither. */
  readonly needless: readonly string[];
  /** Number of facts that are the same. */
  readonly same: number;
}

/**
 * Compares two environments' fingerprints of a service (P-13).
 *
 * @param declared what may differ; `*` stands for anything
 */
export function compareEnvironments(
  here: Pick<Fingerprint, 'facts' | 'key'>,
  there: Pick<Fingerprint, 'facts' | 'key'>,
  declared: readonly string[],
): Comparison {
  const names = [...new Set([...Object.keys(here.facts), ...Object.keys(there.facts)])].sort();
  const mayDiffer = matcher(declared);
  const sameKey = here.key !== null && here.key === there.key;
  const differences: Difference[] = [];
  const unknown: Array<{ what: string; why: string }> = [];
  const expected: string[] = [];
  let same = 0;
  for (const what of names) {
    const judged = judge(here.facts[what], there.facts[what], sameKey);
    if (judged === 'same') same += 1;
    else if (mayDiffer(what)) expected.push(what);
    else if ('why' in judged) unknown.push({ what, why: judged.why });
    else if (!isToldAlready(what, here, there)) differences.push({ what, ...judged });
  }
  return {
    differences,
    unknown,
    declared: expected,
    needless: declared.filter(
      (name) => !name.includes('*') && !expected.includes(name) && !expected.includes(`${name}.shape`),
    ),
    same,
  };
}

type Judged = 'same' | { readonly why: string } | { readonly here: string; readonly there: string };

function judge(here: Fact | undefined, there: Fact | undefined, sameKey: boolean): Judged {
  if (here === undefined || there === undefined) return { here: presence(here), there: presence(there) };
  if (here.kind === 'unknown') return { why: here.why };
  if (there.kind === 'unknown') return { why: `in the other one ${there.why}` };
  if (here.kind === 'shown' && there.kind === 'shown')
    return here.value === there.value ? 'same' : { here: here.value, there: there.value };
  if (here.kind === 'shown' || there.kind === 'shown')
    return { why: 'one was taken by another version of Nightshift' };
  if (!sameKey) return { why: 'the environments have different keys, so that values cannot be compared' };
  return here.hash === there.hash ? 'same' : { here: 'a value', there: 'another value' };
}

const presence = (fact: Fact | undefined) =>
  fact === undefined ? 'not set' : fact.kind === 'shown' ? fact.value : 'set';

/** What a secret is like is told with the secret, where only one environment has it. */
function isToldAlready(
  what: string,
  { facts: here }: Pick<Fingerprint, 'facts'>,
  { facts: there }: Pick<Fingerprint, 'facts'>,
): boolean {
  const owner = /^(.*\bsecret\..+)\.shape$/.exec(what)?.[1];
  return owner !== undefined && (here[owner] === undefined) !== (there[owner] === undefined);
}

/** What is declared of a name holds for what belongs to it, too: of a secret for its shape. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}(\\.shape)?$`,
      ),
  );
  return (name) => expressions.some((expression) => expression.test(name));
}
