import type { Problem } from '../../schemas/preflight/problem.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';

/** The secrets that must load, which nobody can tell without the account. */
export function secretsNotChecked({ secrets }: PreflightRules): Problem[] {
  return Object.entries(secrets).map(([secret, fields]) => ({
    verdict: 'unknown',
    rule: `secrets.${secret}`,
    variables: [],
    expected: `the secret ${secret} must load${fields.length === 0 ? '' : ` and have the fields ${fields.join(', ')}`}`,
    observed: 'not checked offline',
    hint: 'Only the account can tell.',
  }));
}
