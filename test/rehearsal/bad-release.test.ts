import { SYNTHESIZING } from '../support/command.ts';
import { testScenario } from '../support/scenario.ts';

testScenario('bad-release', 'verified', { env: SYNTHESIZING });
