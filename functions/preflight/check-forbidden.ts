import { isPlaceholder } from '../../schemas/preflight/placeholders.ts';
import type { Problem } from '../../schemas/preflight/problem.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { urlParts } from '../../schemas/preflight/url.ts';
import { type Checked, passed } from './checked.ts';
import { knownValue, type TaskEnvironment } from './environment.ts';
import { hostsIn, isLocalHost } from './hosts.ts';

/** What a shell would have filled in; nothing does for the environment of a task. */
const UNEXPANDED = /\$\{[A-Za-z_][^}]*\}/;

/** Which variables hold what nobody can have meant: all variables, those that no rule names too. */
export function checkForbidden({ forbidden }: PreflightRules, environment: TaskEnvironment): Checked[] {
  return [...environment.keys()].flatMap((variable) => {
    const value = knownValue(environment, variable);
    if (value === undefined || forbidden.except.includes(variable)) return [];
    const problems = [
      placeholder(variable, value, forbidden.values),
      host(variable, value, forbidden),
      unexpanded(variable, value),
    ].filter((problem) => problem !== undefined);
    return problems.length === 0 ? [passed] : problems.map((problem) => ({ problem }));
  });
}

function placeholder(variable: string, value: string, more: readonly string[]): Problem | undefined {
  const whole = isPlaceholder(value, more);
  const inside = !whole && isPlaceholder(passwordIn(value), more);
  if (!whole && !inside) return undefined;
  return {
    verdict: 'fail',
    rule: 'forbidden.values',
    variables: [variable],
    expected: 'must be filled in',
    observed: whole
      ? 'found a forbidden value, such as a placeholder'
      : 'found a URL whose password is a forbidden value, such as a placeholder',
    hint: allowed('Fill in the value', 'it is meant', variable),
  };
}

function passwordIn(value: string): string {
  const { credentials = '' } = urlParts(value) ?? {};
  const password = credentials.slice(credentials.indexOf(':') + 1);
  try {
    return decodeURIComponent(password);
  } catch {
    // A % that stands for itself.
    return password;
  }
}

function host(
  variable: string,
  value: string,
  { hosts, localHosts }: PreflightRules['forbidden'],
): Problem | undefined {
  const named = hosts.map((name) => name.toLowerCase());
  const found = hostsIn(value);
  const local = localHosts && found.some(isLocalHost);
  if (!local && !found.some((name) => named.includes(name))) return undefined;
  return {
    verdict: 'fail',
    rule: 'forbidden.hosts',
    variables: [variable],
    expected: local ? 'must not point to its own machine in production' : 'must point to another host',
    observed: local ? 'found a local host or address' : 'found a forbidden host',
    hint: allowed(
      'Name the host that is meant',
      local ? 'a container of the same task answers there' : 'it is meant',
      variable,
    ),
  };
}

function unexpanded(variable: string, value: string): Problem | undefined {
  if (!UNEXPANDED.test(value)) return undefined;
  return {
    verdict: 'warn',
    rule: 'forbidden.values',
    variables: [variable],
    expected: 'must not rest on another variable',
    observed: 'found ${…} in it, which nothing fills in',
    hint: allowed('Write the value out', 'the service fills it in itself', variable),
  };
}

const allowed = (correct: string, reason: string, variable: string) =>
  `${correct}; if ${reason}, add ${variable} to forbidden.except.`;
