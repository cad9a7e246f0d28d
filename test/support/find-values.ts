/** What stands nowhere whatever its value is: a token, a private key, a password's verifier. */
const TELLTALES = [
  ['a token', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/],
  ['a private key', /\\*"d\\*":\s*\\*"[\w-]{40,}/],
  ["a password's verifier", /SCRAM-SHA-256\$\d+:/],
] as const;

/** Where values of secrets stand that should not: `place: whose`, without the value. */
export function findValues(
  written: ReadonlyArray<readonly [place: string, text: string]>,
  needles: ReadonlyMap<string, string>,
): string[] {
  return written.flatMap(([place, text]) => [
    ...[...needles].flatMap(([needle, whose]) => (text.includes(needle) ? [`${place}: ${whose}`] : [])),
    ...TELLTALES.flatMap(([what, pattern]) => (pattern.test(text) ? [`${place}: ${what}`] : [])),
  ]);
}
