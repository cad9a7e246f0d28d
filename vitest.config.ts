import { defineConfig } from 'vitest/config';
import RehearsalsFirst from './test/support/rehearsals-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What functions log for operators would drown what the tests say.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
    globalSetup: ['./test/support/temporary-files.ts', './test/support/ready-assembly.ts'],
    // Scenarios start real servers and processes; on a busy two-core machine that takes a while. They wait a good part of it, so four at a time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
    sequence: { sequencer: RehearsalsFirst },
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
});
