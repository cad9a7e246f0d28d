import type { Reporter, TestModule } from 'vitest/node';

/** Ends the test output with one plain line that a machine can read: `N passed, N failed`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    let passed = 0;
    // A file that fails to load has no tests of its own, yet it is a failure.
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const state = test.result().state;
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
      }
      if (!module.ok() && !tests.some((test) => test.result().state === 'failed')) failed += 1;
    }
    process.on('exit', () => {
      process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    });
  }
}
