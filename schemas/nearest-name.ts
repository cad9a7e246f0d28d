/** Most edits at which a name still counts as a slip of the keyboard. */
const MOST_EDITS = 3;

/** Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions, neighbours swapped. */
export function editDistance(left: string, right: string): number {
  const rows = Array.from({ length: left.length + 1 }, (_, row) => [
    row,
    ...new Array<number>(right.length).fill(0),
  ]);
  const first = rows[0] as number[];
  for (let column = 0; column <= right.length; column += 1) first[column] = column;
  const at = (row: number, column: number) => (rows[row] as number[])[column] as number;
  for (let row = 1; row <= left.length; row += 1) {
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + same);
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1])
        best = Math.min(best, at(row - 2, column - 2) + 1);
      (rows[row] as number[])[column] = best;
    }
  }
  return at(left.length, right.length);
}

/** The allowed name that somebody most likely meant, or undefined where none is near. */
export function nearestName(found: string, allowed: readonly string[]): string | undefined {
  const wanted = found.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const name of allowed) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  if (best === undefined) return undefined;
  return best.distance <= Math.min(MOST_EDITS, Math.max(1, Math.floor(found.length / 2)))
    ? best.name
    : undefined;
}

/** `"apo" is not a service. Did you mean "api"? Known: api, worker.` */
export function unknownName(kind: string, found: string, allowed: readonly string[]): string {
  const nearest = nearestName(found, allowed);
  const known = allowed.length === 0 ? 'There is none.' : `Known: ${[...allowed].sort().join(', ')}.`;
  return `"${found}" is not a ${kind}.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`} ${known}`;
}
