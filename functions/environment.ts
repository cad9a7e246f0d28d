import { Environment } from '../schemas/names.ts';

/**
 * Reads one of the variables that `lib/steps` sets.
 *
 * @throws Error naming the variable: the function was deployed without it
 */
export function environment(name: keyof typeof Environment): string {
  const value = process.env[Environment[name]];
  if (value === undefined || value === '')
    throw new Error(`The function was deployed without the variable ${Environment[name]}.`);
  return value;
}
