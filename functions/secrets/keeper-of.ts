import { environment } from '../environment.ts';

/** ARN of the function that keeps secrets of a kind; undefined where this deployment has none. */
export function keeperOf(kind: string): string | undefined {
  const keepers = JSON.parse(environment('keepers')) as Record<string, string>;
  return keepers[kind];
}
