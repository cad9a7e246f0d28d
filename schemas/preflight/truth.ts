const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** What the words for truth are, for whoever wrote another one. */
export const TRUTH_WORDS = 'true or false (1, yes and on, 0, no and off will do, in any case)';

/** Whether a value is a word for true or for false; undefined for any other. */
export function truthOf(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}
