import { CHAIN_START, hashEntry } from '../../../functions/run/audit-chain.ts';
import type { Finding } from '../../../schemas/finding.ts';
import type { AuditEntry, Check, Plan, RunRecord } from '../../../schemas/run.ts';

export const at = (clock: string) => `2026-11-21T${clock}.000Z`;

/** A run that was started by an alarm and refused; tests say what is different. */
export function aRecord(different: Partial<RunRecord> = {}, run: Partial<RunRecord['run']> = {}): RunRecord {
  return {
    run: {
      id: 'run-1',
      arn: 'arn:aws:states:us-east-1:123456789012:execution:nightshift-roll-back-service:run-1',
      runbook: 'roll-back-service',
      startedAt: at('03:00:05'),
      dryRun: false,
      trigger: { kind: 'alarm', by: 'api-error-ratio', at: at('03:00:00') },
      ...run,
    },
    target: 'service/api',
    phase: 'close',
    outcome: 'refused',
    acted: false,
    checks: [],
    joined: 0,
    closedAt: at('03:04:05'),
    ...different,
  };
}

export const aPlan: Plan = {
  runbook: 'roll-back-service',
  target: 'service/api',
  summary: 'Release 42 fails; release 41 was good for nine days.',
  words: {
    verified: 'service/api was bad and is healthy again',
    next: 'Nothing tonight. The bad release is still registered: fix it before it goes out again.',
    changes: 'What differs between the release that ran and the one it went back to:',
  },
  observed: {},
  changes: [{ what: 'image', kind: 'image', from: 'api:42', to: 'api:41' }],
  actions: [
    {
      id: 'update',
      title: 'Bring api back to release 41',
      call: 'ecs:UpdateService',
      resource: 'main/api',
      parameters: {},
      reversible: true,
      undo: 'deploy release 42 again',
      expectedSeconds: 120,
      costUsd: 0,
    },
  ],
  warnings: ['Release 41 has not seen the new price list.'],
  hash: 'c0ffee'.padEnd(64, '0'),
};

const { words: _words, ...wordless } = aPlan;
/** The plan of a runbook that only looks. */
export const aLook: Plan = {
  ...wordless,
  runbook: 'check-service',
  summary: 'Looks at everything. It reads only.',
  changes: [],
  actions: [],
  warnings: [],
};

/** A check of each verdict. */
export const aCheck = (name: string, verdict: Finding['verdict'], more: Partial<Check> = {}): Check => ({
  name,
  passed: verdict === 'pass' || verdict === 'warn',
  verdict,
  measured: `${name} was seen`,
  at: at('03:04:00'),
  ...more,
});

/** What a runbook says in words of its own. */
export const VERDICT = {
  title: '2 of 14 are broken: api, main',
  fine: 'No: api and main are broken.',
  next: 'Look at api first.',
};

type Said = Pick<AuditEntry, 'phase' | 'kind' | 'summary'> & { readonly at?: string };

/** A whole chain of entries, one a second unless they say when. */
export function aLog(entries: readonly Said[]): AuditEntry[] {
  let previousHash = CHAIN_START;
  return entries.map((entry, index) => {
    const linked = {
      sequence: index + 1,
      at: at(`03:00:${String(10 + index).padStart(2, '0')}`),
      step: `${entry.phase}-step`,
      facts: {},
      previousHash,
      ...entry,
    };
    const hash = hashEntry(linked);
    previousHash = hash;
    return { ...linked, hash };
  });
}

/** Texts that hold what nobody else may read, and the part that must not be seen. */
export const SECRETS: ReadonlyArray<readonly [string, string]> = [
  ['postgres://app:hunter2@db.example.com/app', 'hunter2'],
  ['the release notes say password=hunter2, so', 'hunter2'],
  ['AKIAIOSFODNN7EXAMPLE was used', 'AKIAIOSFODNN7EXAMPLE'],
];
