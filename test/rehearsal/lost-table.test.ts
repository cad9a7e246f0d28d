import { testScenario } from '../support/scenario.ts';

testScenario('lost-table', 'verified', {
  runbook: 'restore-database',
  target: 'database/main',
  title: 'main was restored beside demo, and proved',
  says: [/What would come back: .*orders/, /✓ \| rows \|/, /Take what you need from demo-restored-\w+/],
});
