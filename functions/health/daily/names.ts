/** How targets are called in a report. */
export interface Names {
  /** `api`, or `service/api` where a database has the same name. */
  one(target: string): string;
  /** `api, main`, or `api, main and 38 more`. */
  several(targets: readonly string[], most: number): string;
}

const shortOf = (target: string) => target.slice(target.indexOf('/') + 1);

/** @param all every target that is told of */
export function namesAmong(all: readonly string[]): Names {
  const times = new Map<string, number>();
  for (const target of all) times.set(shortOf(target), (times.get(shortOf(target)) ?? 0) + 1);
  const one = (target: string) => ((times.get(shortOf(target)) ?? 0) > 1 ? target : shortOf(target));
  return {
    one,
    several(targets, most) {
      const shown = targets.slice(0, most).map(one).join(', ');
      return targets.length > most ? `${shown} and ${targets.length - most} more` : shown;
    },
  };
}
