import * as z from 'zod/mini';

/** A variable that must be set and not be empty, or a group of such: all of its members, or at least one of them. */
export type Requirement =
  | string
  | { readonly all: readonly Requirement[] }
  | { readonly any: readonly Requirement[] };
export const Requirement: z.ZodMiniType<Requirement> = z.lazy(() =>
  z.union([z.string(), z.object({ all: z.array(Requirement) }), z.object({ any: z.array(Requirement) })]),
);

/** Holds when the variable is a word for true, or has one of the values. */
export const Condition = z.object({
  variable: z.string(),
  is: z.union([z.literal(true), z.array(z.string())]),
});
export type Condition = z.infer<typeof Condition>;

/** What the value of a variable must look like, once it is set. */
export const Format = z.discriminatedUnion('kind', [
  /** Schemes without `://`, such as https or jdbc:postgresql; when not given, any will do. */
  z.object({ kind: z.literal('url'), schemes: z.optional(z.array(z.string())) }),
  z.object({ kind: z.literal('integer'), min: z.optional(z.number()), max: z.optional(z.number()) }),
  z.object({ kind: z.literal('number'), min: z.optional(z.number()), max: z.optional(z.number()) }),
  /** Limits are durations themselves. */
  z.object({ kind: z.literal('duration'), min: z.optional(z.string()), max: z.optional(z.string()) }),
  z.object({ kind: z.literal('boolean') }),
  z.object({ kind: z.literal('one-of'), values: z.array(z.string()) }),
  z.object({ kind: z.literal('email') }),
  /** A regular expression that the whole value must match. */
  z.object({ kind: z.literal('pattern'), pattern: z.string() }),
  z.object({ kind: z.literal('json') }),
]);
export type Format = z.infer<typeof Format>;

/** What must be true of the environment of a service's tasks (P-12): plain data, so that they can be sent to a function. */
export const PreflightRules = z.object({
  /** Each of them is needed. */
  require: z.array(Requirement),
  conditional: z.array(z.object({ when: Condition, require: z.array(Requirement) })),
  formats: z.record(z.string(), Format),
  forbidden: z.object({
    /** Beside the placeholders that are always forbidden. */
    values: z.array(z.string()),
    /** Host names that no value may point to. */
    hosts: z.array(z.string()),
    /** Whether hosts of this machine itself, such as localhost, are forbidden: the environment is a production. */
    localHosts: z.boolean(),
    /** Variables that may have any value. */
    except: z.array(z.string()),
  }),
  /** Declared secret → fields that its JSON must have. */
  secrets: z.record(z.string(), z.array(z.string())),
});
export type PreflightRules = z.infer<typeof PreflightRules>;
