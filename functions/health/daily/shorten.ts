import { cut } from '../../report/cut.ts';
import { redact } from '../../step/redact.ts';

/** A text in one line, without what looks like a secret, in so many characters at most; never cut in the middle of one. */
export function shorten(text: string, most: number): string {
  const line = redact(text).replaceAll(/\s+/g, ' ').trim();
  return cut(line, most);
}
