import { testScenario } from '../support/scenario.ts';

testScenario('drill', 'verified', {
  runbook: 'restore-drill',
  target: 'database/main',
  title: 'The restore drill of main has passed',
  says: [
    /✓ \| rows \| 2 of 2 tables are as in the manifest or newer/,
    /✓ \| recovery time \| \d+ min \d+ s/,
    /✓ \| recovery point \| \d+ min \d+ s/,
    /demo-drill-\w+ is being deleted/,
  ],
});
