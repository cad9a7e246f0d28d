import { badConfig } from './scenarios/bad-config.ts';
import { badMorning } from './scenarios/bad-morning.ts';
import { badRelease } from './scenarios/bad-release.ts';
import { compromised } from './scenarios/compromised.ts';
import { crashLoop } from './scenarios/crash-loop.ts';
import { drill } from './scenarios/drill.ts';
import { lostTable } from './scenarios/lost-table.ts';
import { noGoodRevision } from './scenarios/no-good-revision.ts';
import { preflightCatches } from './scenarios/preflight-catches.ts';
import { rotateDatabasePassword } from './scenarios/rotate-database-password.ts';
import { rotateSigningKey } from './scenarios/rotate-signing-key.ts';
import { rotationBreaksConsumer } from './scenarios/rotation-breaks-consumer.ts';
import { swapDiesHalfWay } from './scenarios/swap-dies-half-way.ts';
import type { Scenario } from './stage.ts';

/** Every scenario by its name. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [
    badRelease,
    badConfig,
    crashLoop,
    noGoodRevision,
    drill,
    lostTable,
    swapDiesHalfWay,
    rotateDatabasePassword,
    rotationBreaksConsumer,
    rotateSigningKey,
    compromised,
    preflightCatches,
    badMorning,
  ].map((scenario) => [scenario.name, scenario]),
);
