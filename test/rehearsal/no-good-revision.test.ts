import { testScenario } from '../support/scenario.ts';

testScenario('no-good-revision', 'refused');
