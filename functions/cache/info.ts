/** What Redis tells about itself: `section → name → text` of INFO is flat, names are unique. */
export type Info = ReadonlyMap<string, string>;

/**
 * Reads the answer of INFO.
 *
 * @see https://redis.io/docs/latest/commands/info/
 */
export function parseInfo(text: string): Info {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
}
