/** A text in so many characters at most, with a sign where something was left out; never in the middle of a character that takes two places. */
export function cut(text: string, longest: number, sign = '…'): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - sign.length).replace(/[\uD800-\uDBFF]$/, '')}${sign}`;
}
