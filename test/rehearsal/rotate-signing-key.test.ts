import { testScenario } from '../support/scenario.ts';

testScenario('rotate-signing-key', 'verified', {
  runbook: 'rotate-secret',
  target: 'secret/tokens',
  title: 'tokens was rotated, and every consumer was seen to use it',
  says: [
    /✓ \| newest key \| [0-9a-f-]{36} signs what its public part verifies/,
    /✓ \| api: token under the new key [0-9a-f-]{36} \| \/account answered 200 5 times/,
    /✓ \| api: token under the key before, [0-9a-f-]{36} \| \/account answered 200 5 times/,
    /✓ \| api: token that was forged \| \/account answered 401 5 times/,
    /The old value of tokens stays good for 24 hours/,
  ],
});
