/**
 * What is known of a variable: its value, or only that something fills it in when the task starts, such as a secret that has
 * not been read.
 */
export type Given = { readonly value: string } | { readonly suppliedBy: string };

/** Variables that a task would be given. */
export type TaskEnvironment = ReadonlyMap<string, Given>;

/** Whether a variable is there and not empty. White space alone is empty. */
export function isSet(environment: TaskEnvironment, variable: string): boolean {
  const given = environment.get(variable);
  return given !== undefined && (!('value' in given) || given.value.trim() !== '');
}

/** The value of a variable that is set, where it is known. */
export function knownValue(environment: TaskEnvironment, variable: string): string | undefined {
  const given = environment.get(variable);
  return given !== undefined && 'value' in given && given.value.trim() !== '' ? given.value : undefined;
}

/** How a variable that is not set is not set. */
export const absence = (environment: TaskEnvironment, variable: string): string =>
  environment.has(variable) ? 'is empty' : 'is not set';
