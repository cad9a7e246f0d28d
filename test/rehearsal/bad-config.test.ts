import { testScenario } from '../support/scenario.ts';

testScenario('bad-config', 'verified');
