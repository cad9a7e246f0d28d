import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { lookAtAll, type Part, withinTime } from '../health/look-at-all.ts';
import { type StepTools, step } from '../step.ts';
import { auditChecks } from './audit-checks.ts';
import { examined, found } from './examine.ts';
import { cachePart } from './look-at-cache.ts';
import { loginPart } from './look-at-login.ts';
import { schemaPart } from './look-at-schema.ts';
import { Examined, Release } from './state.ts';

const Input = z.object({ run: Run, target: ServiceTarget, release: Release });
type Input = z.infer<typeof Input>;

/** For everything; what is not known by then is unknown. The function is given a quarter more. Milliseconds. */
const BUDGET_MILLISECONDS = 45_000;

/** Checks, in the service's own network, what a release has to reach: its database with its own login, at a schema that it supports, and its caches (P-12). */
export const handler = step({
  name: 'check-reach',
  phase: 'verify',
  input: Input,
  output: Examined,
  run: check,
});

async function check({ run, target, release }: Input, tools: StepTools): Promise<Examined> {
  const at = new Date();
  const findings = await withinTime(BUDGET_MILLISECONDS, tools.signal, (signal) =>
    lookAtAll(reachParts(target, release), signal),
  );
  const result = examined(`service/${target.name}`, findings.length > 0 ? findings : [nothingToReach()], at);
  await auditChecks(run.id, tools, result.checks);
  return result;
}

/** Everything that the service is declared to use. */
function reachParts({ database, caches = [] }: ServiceTarget, release: Release): Part[] {
  return [
    ...(database === undefined ? [] : [loginPart(database, release)]),
    ...(database === undefined || database.migrations === 'none'
      ? []
      : [schemaPart(database, release.supportedMigrations)]),
    ...caches.map(cachePart),
  ];
}

const nothingToReach = () =>
  found('reach', {
    verdict: 'pass',
    observed: 'the service is declared to use neither a database nor a cache',
    expected: 'must reach what it is declared to use',
  });
