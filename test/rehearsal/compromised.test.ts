import { testScenario } from '../support/scenario.ts';

testScenario('compromised', 'verified', {
  runbook: 'rotate-compromised',
  target: 'secrets/all',
  title:
    'shop, tokens were rotated, and every consumer was seen to use it; what the old values opened was taken away',
  says: [
    /Guards were overridden by hand: the laptop of a developer was stolen/,
    /there is no way back/,
    /✓ \| shop: no session of the old database user \| 0 sessions of shop, none expected/,
    /✓ \| tokens: api: token under the new key [0-9a-f-]{36} \| \/account answered 200 5 times/,
    /Takes away what the value before of shop opened \(version [0-9a-f]{8}\), and ends the sessions/,
    /Takes away what the value before of tokens opened \(version [0-9a-f]{8}\)/,
  ],
});
