import { badConfig } from './scenarios/bad-config.ts';
import { badRelease } from './scenarios/bad-release.ts';
import { crashLoop } from './scenarios/crash-loop.ts';
import { drill } from './scenarios/drill.ts';
import { lostTable } from './scenarios/lost-table.ts';
import { noGoodRevision } from './scenarios/no-good-revision.ts';
import { swapDiesHalfWay } from './scenarios/swap-dies-half-way.ts';
import type { Scenario } from './stage.ts';

/** Every scenario by its name. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [badRelease, badConfig, crashLoop, noGoodRevision, drill, lostTable, swapDiesHalfWay].map((scenario) => [
    scenario.name,
    scenario,
  ]),
);
