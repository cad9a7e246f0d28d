import * as z from 'zod/mini';
import type { Finding } from '../../schemas/finding.ts';
import type { Fingerprint, ParityPolicy } from '../../schemas/parity.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { PreconditionFailed } from '../errors.ts';
import { whyNotLooked } from '../health/why-not-looked.ts';
import { readPreflight } from '../run/directory.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { auditChecks } from './audit-checks.ts';
import { compareEnvironments } from './compare-environments.ts';
import { examined, found } from './examine.ts';
import { readFingerprint } from './fingerprint-store.ts';
import { judgeComparison, whyTooOld } from './judge-comparison.ts';
import { parityWords } from './parity-words.ts';
import { Examined } from './state.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Compares the fingerprint of a service with those that other environments have left (P-13). */
export const handler = step({
  name: 'judge-parity',
  phase: 'verify',
  input: Input,
  output: Examined,
  run: judge,
});

async function judge({ run, target }: Input, tools: StepTools): Promise<Examined> {
  const at = new Date();
  const { parity } = await readPreflight(target.name);
  const own = await readFingerprint(environment('reportBucket'), parity.name);
  if ('why' in own)
    throw new PreconditionFailed(
      `The fingerprint that this run has taken cannot be read: ${own.why}. Nothing was changed. Start the runbook again.`,
    );
  const others = Object.entries(parity.with);
  const findings = await Promise.all(
    others.map(([name, place]) => compareWith(name, place, parity, own.fingerprint, at)),
  );
  const none = found('parity', {
    verdict: 'warn',
    observed: 'nothing was compared: no other environment is declared to compare with',
    expected: 'must be as it is in the declared environments',
    next: 'Declare them under parity.with, unless it is they that compare themselves with this one.',
  });
  const result = examined(`service/${target.name}`, others.length === 0 ? [none] : findings.flat(), at);
  const names = others.map(([name]) => name);
  const words = parityWords(target.name, own.fingerprint.taskDefinition, names, result.checks);
  await updateRecord(run.id, { verdict: words });
  await auditChecks(run.id, tools, result.checks);
  return result;
}

async function compareWith(
  name: string,
  { bucket, maxAgeSeconds }: ParityPolicy['with'][string],
  { name: service, differences }: ParityPolicy,
  own: Fingerprint,
  now: Date,
): Promise<Finding[]> {
  const unknown = (observed: string) => [
    found(name, { verdict: 'unknown', observed, expected: 'must have a fingerprint to compare with' }),
  ];
  try {
    const other = await readFingerprint(bucket, service);
    if ('why' in other) return unknown(other.why);
    const old = whyTooOld(other.fingerprint, maxAgeSeconds, now);
    if (old !== undefined) return unknown(old);
    return judgeComparison(name, compareEnvironments(own, other.fingerprint, differences)).map((judged) =>
      found(judged.check, judged),
    );
  } catch (error) {
    return unknown(whyNotLooked(error));
  }
}
