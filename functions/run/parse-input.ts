import * as z from 'zod/mini';
import { nearestName } from '../../schemas/nearest-name.ts';
import { Trigger } from '../../schemas/run.ts';
import type { Target } from '../../schemas/target.ts';
import { InvalidInput } from '../errors.ts';

/** Largest input that somebody could mean, in bytes. */
const LARGEST_INPUT_BYTES = 16_384;

const common = {
  dryRun: z.optional(z.boolean()),
  /** Reason for overriding a freeze window, a mute rule or the did-not-hold guard. */
  reason: z.optional(z.string().check(z.minLength(5), z.maxLength(500))),
  trigger: z.optional(Trigger),
};
const name = z.string().check(z.minLength(1));

/** What may be typed to start a runbook, by the kind of its target. `{"service":"api"}` is complete. */
const INPUTS = {
  service: z.strictObject({ service: name, ...common }),
  database: z.strictObject({ database: name, ...common }),
} satisfies Record<Target['kind'], z.ZodMiniType>;

/** Names as they are likely to be declared, for the operator to see the form. */
const EXAMPLES = { service: 'api', database: 'main' } as const;

interface ParsedInput {
  readonly service?: string;
  readonly database?: string;
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
}

/**
 * Reads what a tired person or a rule has handed in.
 *
 * @throws InvalidInput naming every problem at once, with the nearest name that exists
 */
export function parseInput(raw: unknown, kind: Target['kind']): RunInput {
  const example = `Nothing was changed. Type for example {"${kind}":"${EXAMPLES[kind]}"} or {"${kind}":"${EXAMPLES[kind]}","dryRun":true}.`;
  const fields = Object.keys(INPUTS[kind].shape);
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
  const result = z.safeParse(INPUTS[kind] as z.ZodMiniType<ParsedInput>, raw);
  if (result.success) {
    const { dryRun = false, reason, trigger, ...named } = result.data;
    return {
      target: named[kind] as string,
      dryRun,
      ...(reason === undefined ? {} : { reason }),
      ...(trigger === undefined ? {} : { trigger }),
    };
  }
  const problems = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const nearest = nearestName(key, fields);
        return `"${key}" is not a field${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`;
      });
    }
    const value = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      raw,
    );
    return value === undefined
      ? `"${issue.path.join('.')}" is missing`
      : `"${issue.path.join('.')}" must be right: ${issue.message}`;
  });
  throw new InvalidInput(
    `The input is not right: ${problems.flat().join('; ')}. Allowed fields: ${fields.join(', ')}. ${example}`,
  );
}
