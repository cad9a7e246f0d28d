import type { Judgement } from '../../schemas/finding.ts';
import type { DatabaseConnection } from '../../schemas/target.ts';
import type { Part } from '../health/look-at-all.ts';
import { askHead } from '../postgres/ask-head.ts';
import type { MigrationHead } from '../postgres/migration-head.ts';
import { judgeHeads } from '../postgres/validate/migrations.ts';
import { found } from './examine.ts';

/** Whether the release can run against the schema as it is now. It is asked with Nightshift's own login, so that one that is wrong does not hide it. */
export function schemaPart(database: DatabaseConnection, supported: readonly string[] | null): Part {
  const check = `migrations of ${database.name}`;
  return {
    kind: 'migration head',
    check,
    expected: expectedOf(supported),
    look: async () => [
      // What is declared for nothing is compared with nothing.
      found(check, judgeSchema(supported === null ? undefined : await askHead(database), supported)),
    ],
  };
}

/** @param head undefined where it was not asked */
export function judgeSchema(head: MigrationHead | undefined, supported: readonly string[] | null): Judgement {
  const expected = expectedOf(supported);
  if (supported === null || head === undefined)
    return {
      verdict: 'warn',
      observed: 'the release does not declare which migrations it supports',
      expected,
    };
  if (!head.known) return { verdict: 'unknown', observed: head.why, expected };
  const { passed } = judgeHeads(head.heads, { among: supported }, head.unfinished);
  const { measured: observed } = judgeHeads(head.heads, undefined, head.unfinished);
  return { verdict: passed ? 'pass' : 'fail', observed, expected };
}

const expectedOf = (supported: readonly string[] | null) =>
  supported === null
    ? 'must say so, in the tag nightshift:supported-migrations'
    : `must stand at one of ${supported.join(', ') || '(none)'}, which the release supports`;
