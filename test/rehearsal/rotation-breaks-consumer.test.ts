import { testScenario } from '../support/scenario.ts';

testScenario('rotation-breaks-consumer', 'undone', {
  runbook: 'rotate-secret',
  target: 'secret/shop',
  title: 'secret/shop: the change was undone',
  says: [
    /\*\*Is it fine now\?\*\* Yes, as before: what this run had changed was taken back, and looked at\./,
    /Not every service came to run as wanted\. api: \d+ of its new tasks have failed one after the other/,
    // The database first, then the label, then the consumers.
    /Puts the earlier value of shop back: first where it is used[\s\S]*shop can log in with its earlier password[\s\S]*Deploys api anew for shop[\s\S]*api runs 2 tasks steadily/,
    /Passed: sessions of the new database user: \d+ sessions? of shop,/,
    /Passed: no session of the old database user: 0 sessions of shop_clone/,
    /Passed: api readiness/,
    /Recorded: version [0-9a-f]{8} of shop was taken back at/,
  ],
});
