/** A secret with the names of those that are rotated before it. */
export interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

/** In which order several secrets are rotated: those of one wave at the same time, wave after wave. */
export type Waves =
  | { readonly waves: readonly (readonly string[])[]; readonly cycle?: undefined }
  /** Each waits for the next one, and the last one for the first. */
  | { readonly waves?: undefined; readonly cycle: readonly string[] };

/** Orders secrets by what each waits for. Names that are not among them hold nothing up. */
export function rotationWaves(secrets: readonly Ordered[]): Waves {
  const waiting = new Map(
    secrets.map(({ name, after }) => [
      name,
      after.filter((other) => secrets.some((secret) => secret.name === other)),
    ]),
  );
  const waves: string[][] = [];
  while (waiting.size > 0) {
    const wave = [...waiting].flatMap(([name, after]) =>
      after.some((other) => waiting.has(other)) ? [] : [name],
    );
    if (wave.length === 0) return { cycle: cycleAmong(waiting) };
    for (const name of wave) waiting.delete(name);
    waves.push(wave);
  }
  return { waves };
}

/** Follows what waits for what until something comes again; each of them waits for another one of them. */
function cycleAmong(waiting: ReadonlyMap<string, readonly string[]>): string[] {
  const path: string[] = [];
  let name = [...waiting.keys()][0] as string;
  while (!path.includes(name)) {
    path.push(name);
    name = waiting.get(name)?.find((other) => waiting.has(other)) as string;
  }
  return path.slice(path.indexOf(name));
}
