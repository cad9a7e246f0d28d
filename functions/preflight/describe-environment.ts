import * as z from 'zod/mini';
import { FINGERPRINT_FORMAT, type Fingerprint } from '../../schemas/parity.ts';
import { Plan, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { describeService, primaryOf } from '../ecs/describe-service.ts';
import { describeRelease } from '../ecs/release.ts';
import { short } from '../ecs/steadiness.ts';
import { environment } from '../environment.ts';
import { InvalidInput, PreconditionFailed } from '../errors.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { readPreflight } from '../run/directory.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { fingerprintFacts } from './fingerprint-facts.ts';
import { storeFingerprint } from './fingerprint-store.ts';
import { type HashKey, hashKey } from './keyed-hash.ts';
import { readSources } from './read-sources.ts';
import { sourceOf } from './secret-reference.ts';
import { secretsOf } from './wanted-secrets.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Takes the fingerprint of a service, for itself and for other environments to compare with, and says what it will be compared with (P-13). */
export const handler = step({
  name: 'describe-environment',
  phase: 'plan',
  input: Input,
  output: Plan,
  run: describe,
});

async function describe({ run, target }: Input, tools: StepTools): Promise<Plan> {
  const service = await describeService(target);
  const wanted = run.request?.revision ?? primaryOf(service)?.taskDefinition ?? service.taskDefinition ?? '';
  const definition = (await describeRelease(wanted))?.taskDefinition;
  if (definition === undefined)
    throw new InvalidInput(`There is no task definition ${short(wanted)}. Nothing was changed.`);
  const { parity } = await readPreflight(target.name);
  const { containerDefinitions = [] } = definition;
  const sources = await readSources(
    containerDefinitions.flatMap(secretsOf).map(({ valueFrom }) => valueFrom),
    tools.signal,
  );
  const key =
    parity.keySecretArn === undefined ? undefined : await readKey(parity.keySecretArn, tools.signal);
  const facts = fingerprintFacts(service, definition, sources, key?.hash);
  const taskDefinition = short(definition.taskDefinitionArn);
  const fingerprint: Fingerprint = {
    format: FINGERPRINT_FORMAT,
    deployment: environment('deployment'),
    environment: target.environment,
    service: target.name,
    at: new Date().toISOString(),
    taskDefinition,
    key: key?.name ?? null,
    facts,
  };
  const place = await storeFingerprint(parity.name, fingerprint);
  const others = Object.keys(parity.with);
  const made: Plan = {
    runbook: run.runbook,
    target: `service/${target.name}`,
    summary: `${taskDefinition} of ${target.name} in ${target.environment} ${others.length === 0 ? 'is described, for other environments to compare with' : `is compared with ${others.join(', ')}`}. It reads only.`,
    observed: { taskDefinition, facts: Object.keys(facts).length, fingerprint: place, others },
    changes: [],
    actions: [],
    warnings:
      key === undefined
        ? ['No key is declared (parity.keys): values are not compared, only names and settings.']
        : [],
    hash: sha256(canonicalJson({ facts, parity })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(
    run.id,
    tools,
    'observation',
    `The fingerprint of ${taskDefinition} has ${Object.keys(facts).length} facts.`,
    {
      place,
    },
  );
  return made;
}

/** @throws PreconditionFailed where it cannot be read, or protects nothing */
async function readKey(arn: string, signal: AbortSignal): Promise<HashKey> {
  const sources = await readSources([arn], signal);
  const source = sources.get(sourceOf({ kind: 'secret', arn }));
  const key = source !== undefined && 'text' in source ? hashKey(source.text) : undefined;
  if (key !== undefined) return key;
  const why =
    source !== undefined && 'failed' in source ? source.failed.observed : 'has fewer than 32 characters';
  throw new PreconditionFailed(
    `The secret with the key of the hashes ${why}. Nothing was changed. Put a long random text into ${arn.split(':secret:')[1]}, the same in all environments.`,
  );
}
