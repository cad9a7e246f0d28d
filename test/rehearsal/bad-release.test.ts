import { testScenario } from '../support/scenario.ts';

testScenario('bad-release', 'verified');
