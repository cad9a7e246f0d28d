import type { Finding } from '../../schemas/finding.ts';
import { redact } from '../step/redact.ts';

/** `login demo/analyst`: a check within a sentence, in which another colon would divide. */
export const checkWords = (check: string): string => check.replace(': ', ' ');

/** What was found, within a sentence about its target. An observation that names its check says by itself what it is about. */
export function findingWords({ check, observed }: Pick<Finding, 'check' | 'observed'>): string {
  const words = new Set(observed.split(/[^\w-]+/));
  return words.has(check) ? observed : labelled(checkWords(check), observed);
}

/** A text under its label. One that looks like that of a secret stands in brackets: whoever redacts would take the text away. */
export function labelled(label: string, text: string): string {
  const plain = `${label}: ${text}`;
  return redact(plain) === plain ? plain : `(${label}): ${text}`;
}
