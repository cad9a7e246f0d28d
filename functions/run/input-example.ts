import type { Target } from '../../schemas/target.ts';

/** Targets as they are likely to be declared, for the operator to see the form. */
const EXAMPLES = {
  service: '"service":"api"',
  database: '"database":"main"',
  cache: '"cache":"main"',
  secret: '"secret":"database"',
  secrets: '"secrets":["database","jwt"]',
  fleet: '',
} as const satisfies Record<Target['kind'], string>;

const REASON = ',"reason":"the keys were in a log"';

/** What somebody could type to start a runbook. */
export function inputExample(kind: Target['kind'], requiresReason: boolean): string {
  const target = EXAMPLES[kind];
  const first = `${target}${requiresReason ? REASON : ''}`;
  return `Type for example {${first}} or {${target}${target === '' ? '' : ','}"dryRun":true}.`;
}
