import type { Judgement } from '../../schemas/finding.ts';
import { injectedValue } from './injected-value.ts';
import type { Sources } from './read-sources.ts';
import { labelOf, parseReference, sourceOf } from './secret-reference.ts';

/** A secret value as a task definition names it. */
export interface Wanted {
  readonly name: string;
  readonly valueFrom: string;
}

/** What is said of one source: a secret, a parameter, or a reference that is none. */
export interface JudgedSource extends Judgement {
  readonly source: string;
}

/** Longest list of variables in a sentence. */
const LISTED = 8;

/** Judges every source that task definitions refer to, once, with all variables that it fills in (P-12). */
export function judgeSources(wanted: readonly Wanted[], sources: Sources): JudgedSource[] {
  const grouped = Map.groupBy(wanted, ({ name, valueFrom }) => {
    const reference = parseReference(valueFrom);
    return reference === undefined ? `reference of ${name}` : sourceOf(reference);
  });
  return [...grouped].map(([source, members]) => {
    const reference = parseReference(members[0]?.valueFrom ?? '');
    return {
      source: reference === undefined ? source : labelOf(reference),
      ...judge(members, sources.get(source)),
    };
  });
}

function judge(members: readonly Wanted[], source: ReturnType<Sources['get']>): Judgement {
  const expected = `must load, and fill in ${listed(members.map(({ name }) => name))}`;
  if (source === undefined)
    return {
      verdict: 'fail',
      observed:
        'is not a reference that ECS takes: behind the name of a secret come field, stage and version, divided by colons, or nothing',
      expected,
    };
  if ('failed' in source) return { ...source.failed, expected };
  // Each problem with the variables that would be without their value, and with no others.
  const problems = Map.groupBy(
    members.flatMap(({ name, valueFrom }) => problemOf(name, valueFrom, source.text)),
    ({ observed }) => observed,
  );
  if (problems.size === 0) return { verdict: 'pass', observed: 'was read', expected };
  const left = [...problems.values()].flatMap((ones) => ones.map(({ name }) => name));
  return {
    verdict: 'fail',
    observed: [...problems.keys()].slice(0, LISTED).join('; '),
    expected: `must fill in ${listed(left)}`,
    next: 'Correct the secret, or what the task definition names of it.',
  };
}

function problemOf(name: string, valueFrom: string, text: string): { name: string; observed: string }[] {
  const reference = parseReference(valueFrom);
  const field = reference?.kind === 'secret' ? reference.field : undefined;
  const injected = injectedValue(text, field);
  if ('problem' in injected) return [{ name, observed: injected.problem }];
  if (injected.value.trim() !== '') return [];
  return [{ name, observed: `is empty${field === undefined ? '' : ` in its field ${field}`}` }];
}

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return `${names.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
