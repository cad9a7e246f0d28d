import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** Is this database what it must be (P-02, P-33)? It looks, and changes nothing. */
export function validateDatabase(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'ValidateDatabase', {
    name: 'validate-database',
    summary:
      'Checks a PostgreSQL database: connection, version, migration head, tables, indexes, freshness, and your own assertions. It changes nothing.',
    targetKind: 'database',
    triggers: ['schedule', 'by hand'],
    config,
    steps,
    plan: [{ step: 'planValidation', writes: 'plan' }],
    act: [],
    verify: [{ step: 'validateDatabase', writes: evidenceKey('validate-database') }],
  });
}
