import * as z from 'zod/mini';
import { nearestName } from '../../schemas/nearest-name.ts';
import { type RunRequest, Trigger } from '../../schemas/run.ts';
import { ALL, standsForAll, type Target } from '../../schemas/target.ts';
import { InvalidInput } from '../errors.ts';
import { inputExample } from './input-example.ts';
import { contradictions, fieldsOf, REQUEST_FIELDS } from './request-fields.ts';

/** Largest input that somebody could mean, in bytes. */
const LARGEST_INPUT_BYTES = 16_384;

const REASON_RULE = 'a text of 5 to 500 characters';
const common = {
  dryRun: z.optional(z.boolean({ error: 'true or false' })),
  /** Reason for overriding a freeze window, a mute rule or the did-not-hold guard. */
  reason: z.optional(
    z
      .string({ error: REASON_RULE })
      .check(z.minLength(5, { error: REASON_RULE }), z.maxLength(500, { error: REASON_RULE })),
  ),
  trigger: z.optional(Trigger),
};

interface ParsedInput extends RunRequest {
  readonly service?: string;
  readonly database?: string;
  readonly cache?: string;
  readonly secret?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly trigger?: Trigger;
}

/** What a run was asked to do. */
export interface RunInput {
  /** Name of the declared target. */
  readonly target: string;
  readonly dryRun: boolean;
  readonly reason?: string;
  readonly trigger?: Trigger;
  /** The runbook's own options, those that were given. */
  readonly request: RunRequest;
}

/**
 * Reads what a tired person or a rule has handed in.
 *
 * @param runbook its name: each takes options of its own
 * @param requiresReason whether it may not be started without a reason; a plan needs none
 * @throws InvalidInput naming every problem at once, with the nearest name that exists
 */
export function parseInput(
  raw: unknown,
  kind: Target['kind'],
  runbook: string,
  requiresReason = false,
): RunInput {
  const example = `Nothing was changed. ${inputExample(kind, requiresReason)}`;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidInput(
      `The input must be a JSON object, not ${raw === null ? 'null' : Array.isArray(raw) ? 'a list' : `a ${typeof raw}`}. ${example}`,
    );
  }
  const size = Buffer.byteLength(JSON.stringify(raw));
  if (size > LARGEST_INPUT_BYTES)
    throw new InvalidInput(
      `The input has ${size} bytes; at most ${LARGEST_INPUT_BYTES} are taken. ${example}`,
    );
  const schema = schemaOf(kind, runbook);
  const result = z.safeParse(schema as z.ZodMiniType<ParsedInput>, raw);
  const problems = [
    ...(result.success ? [] : problemsOf(result.error, raw, Object.keys(schema.shape))),
    ...contradictions(runbook, raw as Record<string, unknown>),
    ...(requiresReason && lacksReason(raw as Record<string, unknown>)
      ? ['"reason" is missing: this runbook works through freezes and takes old values away at once']
      : []),
  ];
  if (!result.success || problems.length > 0)
    throw new InvalidInput(
      `The input is not right: ${problems.join('; ')}. Allowed fields: ${Object.keys(schema.shape).join(', ')}. ${example}`,
    );
  const { service, database, cache, secret, dryRun = false, reason, trigger, ...request } = result.data;
  const named = { service, database, cache, secret };
  return {
    target: standsForAll(kind) ? ALL : (named[kind as keyof typeof named] as string),
    dryRun,
    ...(reason === undefined ? {} : { reason }),
    ...(trigger === undefined ? {} : { trigger }),
    request,
  };
}

/** What may be typed to start a runbook. `{"service":"api"}` is complete. */
function schemaOf(kind: Target['kind'], runbook: string) {
  const options = fieldsOf(runbook).map((field) => [field, z.optional<z.ZodMiniType>(REQUEST_FIELDS[field])]);
  return z.strictObject({
    ...(standsForAll(kind)
      ? {}
      : { [kind]: z.string({ error: `the name of a declared ${kind}` }).check(z.minLength(1)) }),
    ...(Object.fromEntries(options) as Record<string, z.ZodMiniType>),
    ...common,
  });
}

const lacksReason = ({ reason, dryRun }: Readonly<Record<string, unknown>>): boolean =>
  reason === undefined && dryRun !== true;

function problemsOf({ issues }: z.core.$ZodError, raw: object, fields: readonly string[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const nearest = nearestName(key, fields);
        return `"${key}" is not a field${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`;
      });
    const value = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      raw,
    );
    return value === undefined
      ? `"${issue.path.join('.')}" is missing`
      : `"${issue.path.join('.')}" must be right: ${issue.message}`;
  });
}
