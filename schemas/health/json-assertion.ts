import * as z from 'zod/mini';
import { parsePath } from './json-path.ts';

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What is to hold for everything that a path finds; a path that finds nothing fails, unless `present` is false. */
export const JsonAssertion = z.strictObject({
  /** `$.a.b[0]`, `$.checks[*].status`: see `parsePath`. */
  path: z.string().check(z.refine((path) => parsePath(path) !== undefined, 'is not a path such as $.a.b[0]')),
  present: z.optional(z.boolean()),
  equals: z.optional(Scalar),
  oneOf: z.optional(z.array(Scalar)),
  atLeast: z.optional(z.number()),
  atMost: z.optional(z.number()),
  /** A word for readiness such as `ok` or `healthy`, true, or an object whose `status` is one. */
  ready: z.optional(z.boolean()),
});
export type JsonAssertion = z.infer<typeof JsonAssertion>;
