import { testScenario } from '../support/scenario.ts';

testScenario('preflight-catches', 'verified', {
  runbook: 'preflight',
  title: 'api:3 may be released to api',
  says: [/environment[^\n]*found nothing wrong/, /login to main[^\n]*lets its user in/],
});
