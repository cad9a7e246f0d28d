import type { LabelMatcher, MetricSelector } from '../../schemas/health/metric-assertion.ts';

/** Whether a series with these labels is meant. */
export function matchesLabels(
  labels: ReadonlyMap<string, string>,
  matchers: MetricSelector['labels'],
): boolean {
  return Object.entries(matchers ?? {}).every(([label, matcher]) =>
    matches(labels.get(label) ?? '', matcher),
  );
}

/** How a selector is written in PromQL, for people to read. */
export function wordsOf({ name, labels }: MetricSelector): string {
  const parts = Object.entries(labels ?? {}).map(([label, matcher]) => {
    if (typeof matcher === 'string') return `${label}=${JSON.stringify(matcher)}`;
    if ('startsWith' in matcher) return `${label}=~${JSON.stringify(`${matcher.startsWith}.*`)}`;
    if ('oneOf' in matcher) return `${label}=~${JSON.stringify(matcher.oneOf.join('|'))}`;
    return `${label}!~${JSON.stringify(matcher.noneOf.join('|'))}`;
  });
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

function matches(value: string, matcher: LabelMatcher): boolean {
  if (typeof matcher === 'string') return value === matcher;
  if ('startsWith' in matcher) return value.startsWith(matcher.startsWith);
  return 'oneOf' in matcher ? matcher.oneOf.includes(value) : !matcher.noneOf.includes(value);
}
