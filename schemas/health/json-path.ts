/** One step of a path: a name, an index, or everything. */
export type PathSegment = { readonly key: string | number } | { readonly every: true };

/** `.name`, `.*`, `[0]`, `[*]`, `['any name']` or `["any name"]`. */
const SEGMENT = /\.(\*|[\p{L}_$][\p{L}\p{N}_$-]*)|\[(\*|\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\]/uy;

/**
 * Reads a path: `$` and then any number of `.name`, `.*`, `[0]`, `[*]`, `['any name']`. That is a small part of RFC 9535, and no more of it
 * is needed to look at a health answer: no recursion, no filters, no slices, nothing that can take long.
 *
 * @returns undefined when it is not such a path
 */
export function parsePath(path: string): readonly PathSegment[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const segments: PathSegment[] = [];
  SEGMENT.lastIndex = 1;
  let end = 1;
  while (end < path.length) {
    const match = SEGMENT.exec(path);
    if (match === null) return undefined;
    const [, name, index, single, double] = match;
    const quoted = single ?? double;
    if (name === '*' || index === '*') segments.push({ every: true });
    else if (index !== undefined) segments.push({ key: Number(index) });
    else segments.push({ key: name ?? quoted ?? '' });
    end = SEGMENT.lastIndex;
  }
  return segments;
}
