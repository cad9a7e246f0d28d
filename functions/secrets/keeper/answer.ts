import type { RotationKind } from '../../../schemas/secret.ts';
import { PreconditionFailed } from '../../errors.ts';
import { holderOf } from './judge-token.ts';
import type { Inspection, Keeping, SecretKind } from './kind.ts';
import { noteChange, readChange } from './notes.ts';
import { dropLabel, makeCurrent, replaceCurrent, replacementToken } from './replace-current.ts';
import type { KeeperRequest } from './requests.ts';
import { settledLabels } from './settled-labels.ts';
import type { Values } from './values.ts';

/** Answers what a step of a runbook asks for; the answers are those of `KeeperAnswer`. */
export async function answer<Kind extends RotationKind, Value>(
  kind: SecretKind<Kind, Value>,
  request: KeeperRequest,
  values: Values<Value>,
  keeping: Keeping<Kind>,
): Promise<unknown> {
  const { name } = keeping.secret;
  const { labels } = await settledLabels(keeping.secret);
  const current = holderOf(labels, 'AWSCURRENT');
  if (current === undefined)
    throw new PreconditionFailed(
      `No version of ${name} is current. Nothing was changed. Store a value, and start the runbook again.`,
    );
  const asked = { kind, values, keeping, labels, current };
  switch (request.operation) {
    case 'inspect':
      return await inspect(asked);
    case 'prove-adoption':
      return await proveAdoption(
        {
          ...asked,
          keeping: {
            ...keeping,
            secret: { ...keeping.secret, consumers: request.consumers ?? keeping.secret.consumers },
          },
        },
        request.since,
      );
    case 'put-back':
      return await putBack(asked, request);
    case 'retire':
      return await retire(asked, request);
  }
}

interface Asked<Kind extends RotationKind, Value> {
  readonly kind: SecretKind<Kind, Value>;
  readonly values: Values<Value>;
  readonly keeping: Keeping<Kind>;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly current: string;
}

/** A value that cannot be used is an obstacle that a plan names, not a failure to look. */
async function inspect<Kind extends RotationKind, Value>({
  kind,
  values,
  keeping,
  current,
}: Asked<Kind, Value>): Promise<Inspection> {
  let value: Value;
  try {
    value = await values.read(current);
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return { facts: {}, obstacles: [error.message], warnings: [] };
  }
  return await kind.inspect(value, keeping);
}

async function proveAdoption<Kind extends RotationKind, Value>(
  { kind, values, keeping, labels, current }: Asked<Kind, Value>,
  since: string,
) {
  const previous = holderOf(labels, 'AWSPREVIOUS');
  const findings = await kind.proveAdoption(
    {
      current: await values.read(current),
      // What was before may have been of another form: that is no matter of adoption.
      previous: previous === undefined ? undefined : await values.find(previous).catch(() => undefined),
    },
    (await readChange(keeping.secret.name, current)) ?? new Date(since),
    keeping,
  );
  const at = new Date().toISOString();
  return { checks: findings.map((finding) => ({ ...finding, at })) };
}

/** The value first, then the label: a label alone would promise what the database refuses. */
async function putBack<Kind extends RotationKind, Value>(
  { kind, values, keeping, current }: Asked<Kind, Value>,
  { good, bad }: Extract<KeeperRequest, { operation: 'put-back' }>,
) {
  const { secretArn, name } = keeping.secret;
  const token = replacementToken(['put-back', secretArn, good, bad]);
  if (current !== good && current !== bad && current !== token)
    throw new PreconditionFailed(
      `Version ${current} of ${name} is current, neither ${good} nor ${bad}: another rotation has ended meanwhile. Nothing was put back. Start the runbook again.`,
    );
  const taken = await values.find(bad);
  const result: { readonly done: string; readonly value?: Value } =
    current === token
      ? { done: `Version ${current} of ${name} is current already, and was made for this.` }
      : taken === undefined && current === good
        ? { done: `Version ${bad} of ${name} never had a value: there is nothing to put back.` }
        : await kind.putBack(
            { good: await values.read(good), bad: taken ?? (await values.read(bad)) },
            { ...keeping, noteChange: (at) => noteChange(name, good, at) },
          );
  const { done, value } = result;
  if (value !== undefined) await replaceCurrent(keeping.secret, current, token, values.textOf(value));
  else if (current !== token) await makeCurrent(keeping.secret, bad, good);
  // Secrets Manager would otherwise take the bad version for a rotation that is going on, and go on with it.
  await dropLabel(keeping.secret, 'AWSPENDING', bad);
  const version = value === undefined && current !== token ? good : token;
  return { done, version };
}

async function retire<Kind extends RotationKind, Value>(
  { kind, values, keeping, current }: Asked<Kind, Value>,
  request: Extract<KeeperRequest, { operation: 'retire' }>,
) {
  const { secretArn, name } = keeping.secret;
  const { old, endSessions } = request;
  const token = replacementToken(['retire', secretArn, request.current, old ?? '']);
  if (current !== request.current && current !== token)
    throw new PreconditionFailed(
      `Version ${current} of ${name} is current, not ${request.current}: another rotation has ended meanwhile. Nothing was retired. Start the runbook again.`,
    );
  if (old === current)
    throw new PreconditionFailed(`Version ${current} of ${name} is current; it is not retired.`);
  const changedAt = await readChange(name, current);
  const { done, value } = await kind.retire(
    {
      current: await values.read(current),
      old: old === undefined ? undefined : await values.find(old),
    },
    { endSessions, ...(changedAt === undefined ? {} : { changedAt }) },
    keeping,
  );
  if (value === undefined || current === token) return { done, version: current };
  await replaceCurrent(keeping.secret, current, token, values.textOf(value));
  return { done, version: token };
}
