import * as z from 'zod/mini';
import type { DatabaseTarget } from '../../schemas/target.ts';
import type { ExpectedHeads } from './validate/migrations.ts';
import type { Expectations } from './validate/validate-database.ts';

/** What the configuration asks for, as the checks take it; a plan that leads elsewhere knows the heads better. */
export function expectationsOf(
  { migrations, expectations }: Pick<DatabaseTarget, 'migrations' | 'expectations'>,
  planned?: ExpectedHeads | undefined,
): Expectations {
  const { migrationHeads, ...others } = expectations ?? {};
  return {
    ...others,
    ...(migrations === 'none'
      ? {}
      : { migrations: { source: migrations, heads: planned ?? migrationHeads } }),
  };
}

const Planned = z.object({
  expectedHeads: z.optional(z.union([z.array(z.string()), z.object({ among: z.array(z.string()) })])),
});

/** The migration heads that a plan leads to; undefined where it says none, so that those of the configuration hold. */
export const plannedHeads = (
  plan: { readonly observed: Readonly<Record<string, unknown>> } | undefined,
): ExpectedHeads | undefined => z.parse(Planned, plan?.observed ?? {}).expectedHeads;
