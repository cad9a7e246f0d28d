import type { Target } from '../../schemas/target.ts';

/** Targets as they are likely to be declared, for the operator to see the form. */
const EXAMPLES = {
  service: '"service":"api"',
  database: '"database":"main"',
  secret: '"secret":"database"',
  secrets: '"secrets":["database","jwt"]',
} as const satisfies Record<Target['kind'], string>;

const REASON = ',"reason":"the keys were in a log"';

/** What somebody could type to start a runbook. */
export function inputExample(kind: Target['kind'], requiresReason: boolean): string {
  const target = EXAMPLES[kind];
  return `Type for example {${target}${requiresReason ? REASON : ''}} or {${target},"dryRun":true}.`;
}
