import { testScenario } from '../support/scenario.ts';

testScenario('swap-dies-half-way', 'verified', {
  runbook: 'restore-database',
  target: 'database/main',
  title: 'main was restored, proved, and has taken the place of the original',
  says: [
    /Finishes the swap that the run \S+ began and left half-way/,
    /The original is kept as demo-before-\w+/,
  ],
});
