import { z } from 'zod';
import { durationMilliseconds } from '../../schemas/preflight/duration.ts';
import { wholeMatch } from '../../schemas/preflight/formats.ts';
import type { Format, Requirement as RequirementData } from '../../schemas/preflight/rules.ts';

/** Deeper than this nobody understands a group, and one that contains itself ends here. */
const DEEPEST_GROUP = 8;

const variable = z
  .string('must be the name of a variable such as DATABASE_URL')
  .regex(/^[A-Za-z_][\w.-]*$/, 'must be the name of a variable such as DATABASE_URL');
const text = z.string().min(1, 'must not be empty');
const scheme = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*(:[a-z][a-z0-9+.-]*)*$/, 'must be a scheme without ://, such as https');
const duration = z.string().refine((value) => durationMilliseconds(value) !== undefined, {
  error: 'must be a duration such as 30s, 5m or 1h',
});
const pattern = z.string().refine(compiles, { error: 'must be a regular expression' });

function compiles(source: string): boolean {
  try {
    wholeMatch(source);
    return true;
  } catch {
    return false;
  }
}

const GROUP_RULE =
  'must be the name of a variable, { all: [...] } or { any: [...] } with names or further groups';

/** A requirement as deep as is allowed: an end to what has none. */
function requirement(depth: number): z.ZodType<RequirementData, RequirementData> {
  if (depth > DEEPEST_GROUP)
    return z.custom<RequirementData>((value) => variable.safeParse(value).success, {
      error: `must be the name of a variable: groups go ${DEEPEST_GROUP} deep, and none contains itself`,
    });
  const members = z.lazy(() => z.array(requirement(depth + 1)).min(1, 'must name at least one'));
  return z.union(
    [
      variable,
      z
        .strictObject({ all: members.optional(), any: members.optional() })
        .refine(({ all, any }) => (all === undefined) !== (any === undefined), {
          error: GROUP_RULE,
          // A key that is misspelt is told by its name.
          when: ({ issues }) => issues.length === 0,
        }),
    ],
    { error: GROUP_RULE },
  ) as unknown as z.ZodType<RequirementData, RequirementData>;
}
const Requirements = z.array(requirement(1));

const limits = { min: z.number().optional(), max: z.number().optional() };
const FormatInput = z.union(
  [
    /** Kinds that need no further word. */
    z.enum(['url', 'integer', 'number', 'duration', 'boolean', 'email', 'json']),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('url'), schemes: z.array(scheme).min(1).optional() }),
      z.strictObject({ kind: z.literal('integer'), ...limits }),
      z.strictObject({ kind: z.literal('number'), ...limits }),
      z.strictObject({ kind: z.literal('duration'), min: duration.optional(), max: duration.optional() }),
      z.strictObject({ kind: z.literal('boolean') }),
      z.strictObject({ kind: z.literal('one-of'), values: z.array(text).min(1) }),
      z.strictObject({ kind: z.literal('email') }),
      z.strictObject({ kind: z.literal('pattern'), pattern }),
      z.strictObject({ kind: z.literal('json') }),
    ]),
  ],
  { error: 'must be a kind such as url, or { kind: ... } with its settings' },
);

/** What must be true of the environment of a service's tasks, before the first of a release starts (P-12). */
export const PreflightSchema = z.strictObject({
  /** Variables that must not be empty, and groups of them; each is needed. */
  require: Requirements.default([]),
  /** What is needed only when a variable has a certain value. */
  conditional: z
    .array(
      z.strictObject({
        when: z.strictObject({
          variable,
          is: z.union([z.literal(true), z.array(text).min(1)], {
            error: 'must be true, or a list of values',
          }),
        }),
        require: z.union(
          [variable.transform((name) => [name]), Requirements.min(1, 'must name at least one')],
          {
            error: 'must be the name of a variable, or a list of names and groups',
          },
        ),
      }),
    )
    .default([]),
  /** What a variable must look like once it is set. */
  formats: z.record(variable, FormatInput).default({}),
  forbidden: z
    .strictObject({
      /** Values beside the usual placeholders, in any case. */
      values: z.array(text).default([]),
      /** Hosts that no value may point to. */
      hosts: z.array(text).default([]),
      /** Whether localhost and its like are forbidden; as a default they are in environments named production. */
      localHosts: z.boolean().optional(),
      /** Variables that may have such values all the same. */
      except: z.array(variable).default([]),
    })
    .prefault({}),
  /** Declared secret → fields that its JSON must have. */
  secrets: z.record(z.string(), z.array(text)).default({}),
  /** Container whose environment is meant; the first essential one when not given. */
  container: text.optional(),
  /** Variables by which the service logs in to its database; found where there is no doubt when not given. */
  login: z
    .union([variable, z.strictObject({ user: variable, password: variable })], {
      error: 'must be the name of a variable with a URL, or { user, password } with a name each',
    })
    .optional(),
  /** Parameters of Systems Manager that its tasks are given, by name or ARN, so that they may be read. */
  parameters: z
    .array(
      text.regex(/^(?:arn:aws[\w-]*:ssm:[^:]+:\d{12}:parameter)?\/?[\w./-]+$/, 'must be a name or an ARN'),
    )
    .default([]),
});

/** The rules of a service with their defaults filled in, as they were written otherwise. */
export type PreflightConfig = z.output<typeof PreflightSchema>;

/** A format with its kind in its place, however it was written. */
export const formatOf = (format: z.output<typeof FormatInput>): Format =>
  (typeof format === 'string' ? { kind: format } : format) as Format;
