/** What is left where nobody has filled in a value, without its punctuation. Names of things, such as secret, are not among them. */
const PLACEHOLDERS = [
  'changeme',
  'changethis',
  'fillin',
  'fillmein',
  'fixme',
  'insertvaluehere',
  'placeholder',
  'replaceme',
  'replacethis',
  'setme',
  'tbd',
  'todo',
  'yourapikey',
  'yourpassword',
  'yoursecret',
  'yourvaluehere',
  // What a broken template writes.
  'undefined',
  '[objectobject]',
];
const ONLY_X = /^x{3,}$/;
/** `<your-api-key>`. */
const IN_ANGLE_BRACKETS = /^<[^<>]+>$/;

/** `Change-Me`, `CHANGE_ME` and `change me` are one. */
const plain = (value: string) => value.toLowerCase().replace(/[\s_-]/g, '');

const always: ReadonlySet<string> = new Set(PLACEHOLDERS);

/** Whether a value is one of those that stand for a value; `more` are a team's own. */
export function isPlaceholder(value: string, more: readonly string[] = []): boolean {
  const text = plain(value);
  return (
    always.has(text) ||
    ONLY_X.test(text) ||
    IN_ANGLE_BRACKETS.test(value.trim()) ||
    more.some((other) => plain(other) === text)
  );
}
