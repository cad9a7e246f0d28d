import { testScenario } from '../support/scenario.ts';

testScenario('rotate-database-password', 'verified', {
  runbook: 'rotate-secret',
  target: 'secret/shop',
  title: 'shop was rotated, and every consumer was seen to use it',
  says: [
    /✓ \| sessions of the new database user \| \d+ sessions? of shop_clone, at least one expected/,
    /✓ \| no session of the old database user \| 0 sessions of shop, none expected/,
    /✓ \| api uses shop \| \/items answered 200 5 times/,
    /Nothing tonight\. The old value of shop stays good for 60 minutes, .*shop is due again in 30 days/,
    /\| `secret\.shop` \| version [0-9a-f]{8} \| version [0-9a-f]{8} \|/,
    /Recorded: version [0-9a-f]{8} of shop replaced [0-9a-f]{8}; the value before is retired from \S+Z on/,
  ],
});
