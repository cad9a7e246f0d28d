/** CloudFormation's and most APIs' tags (`[{ Key, Value }]`) as a plain map. */
export function tagMap(
  tags: ReadonlyArray<{ Key: string; Value: string }> | Record<string, string> | undefined,
): Record<string, string> {
  if (tags === undefined) return {};
  if (!Array.isArray(tags)) return { ...(tags as Record<string, string>) };
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** The same as a list. */
export function tagList(tags: Record<string, string>): Array<{ Key: string; Value: string }> {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
