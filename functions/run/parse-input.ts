import * as z from 'zod/mini';
import { nearestName } from '../../schemas/nearest-name.ts';
import { Trigger } from '../../schemas/run.ts';
import { InvalidInput } from '../errors.ts';

/** Largest input that somebody could mean, in bytes. */
const LARGEST_INPUT_BYTES = 16_384;

/** What may be typed to start a runbook for a service. `{"service":"api"}` is complete. */
export const RunInput = z.strictObject({
  service: z.string().check(z.minLength(1)),
  dryRun: z.optional(z.boolean()),
  /** Reason for overriding a freeze window, a mute rule or the did-not-hold guard. */
  reason: z.optional(z.string().check(z.minLength(5), z.maxLength(500))),
  trigger: z.optional(Trigger),
});
export type RunInput = z.infer<typeof RunInput>;

const FIELDS = Object.keys(RunInput.shape);
const EXAMPLE = 'Nothing was changed. Type for example {"service":"api"} or {"service":"api","dryRun":true}.';

/**
 * Reads what a tired person or a rule has handed in.
 *
 * @throws InvalidInput naming every problem at once, with the nearest name that exists
 */
export function parseInput(raw: unknown): RunInput {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidInput(
      `The input must be a JSON object, not ${raw === null ? 'null' : Array.isArray(raw) ? 'a list' : `a ${typeof raw}`}. ${EXAMPLE}`,
    );
  }
  const size = Buffer.byteLength(JSON.stringify(raw));
  if (size > LARGEST_INPUT_BYTES)
    throw new InvalidInput(
      `The input has ${size} bytes; at most ${LARGEST_INPUT_BYTES} are taken. ${EXAMPLE}`,
    );
  const result = z.safeParse(RunInput, raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const nearest = nearestName(key, FIELDS);
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
    `The input is not right: ${problems.flat().join('; ')}. Allowed fields: ${FIELDS.join(', ')}. ${EXAMPLE}`,
  );
}
