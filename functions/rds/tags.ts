import type { Tag } from '@aws-sdk/client-rds';

/** RDS's list of tags, by their keys. */
export const tagsOf = (list: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
