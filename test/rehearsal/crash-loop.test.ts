import { testScenario } from '../support/scenario.ts';

testScenario('crash-loop', 'verified');
