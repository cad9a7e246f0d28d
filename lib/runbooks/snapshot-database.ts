import type { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { evidenceKey } from '../runbook/definition.ts';
import { Runbook } from '../runbook/runbook.ts';
import type { Steps } from '../steps/steps.ts';

/** Longest that an instance may be busy before its snapshot, and longest that a snapshot may take, in seconds. */
const IDLE_SECONDS = 3600;
const SNAPSHOT_SECONDS = 6 * 3600;

/** A snapshot that says what must be in it (P-30, P-31): manifest first, then the snapshot, then those that are too old go. */
export function snapshotDatabase(scope: Construct, config: NightshiftConfig, steps: Steps): Runbook {
  return new Runbook(scope, 'SnapshotDatabase', {
    name: 'snapshot-database',
    summary:
      'Takes a snapshot of a database with a manifest of what is in it, proves that it is there, and deletes those of its own that are too old.',
    targetKind: 'database',
    routine: true,
    triggers: ['schedule', 'by hand'],
    config,
    steps,
    plan: [
      { step: 'inspectInstance', writes: 'situation' },
      { step: 'planSnapshot', reads: ['situation'], writes: 'plan' },
    ],
    act: [
      {
        step: 'awaitInstance',
        as: 'await-idle-instance',
        reads: [{ as: 'awaited', path: '$.plan.observed.idle' }],
        writes: 'idle',
        waitsSeconds: IDLE_SECONDS,
      },
      { step: 'takeManifest', reads: ['situation'], writes: 'manifest' },
      { step: 'createSnapshot', reads: ['plan', 'situation', 'manifest'], writes: 'created' },
      {
        step: 'awaitSnapshot',
        reads: [{ as: 'awaited', path: '$.created' }],
        writes: 'snapshot',
        waitsSeconds: SNAPSHOT_SECONDS,
      },
      { step: 'markSnapshotGood', reads: ['situation', 'snapshot'], writes: 'marked' },
      { step: 'applyRetention', reads: ['plan', 'situation'], writes: 'retention' },
    ],
    verify: [
      {
        step: 'verifySnapshots',
        reads: ['plan', 'situation', 'manifest', 'retention'],
        writes: evidenceKey('verify-snapshots'),
      },
    ],
    // A snapshot that failed is deleted by the next run's retention; nothing else was changed.
  });
}
