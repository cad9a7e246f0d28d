import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** As PostgreSQL's own (`scram_iterations`, and the length of its salts). */
const ITERATIONS = 4096;
const SALT_BYTES = 16;

/**
 * The form in which PostgreSQL stores a password, made here so that the password itself reaches neither the server's log nor its
 * `pg_stat_statements` (rule 8).
 *
 * @param options for tests; a random salt when not given
 * @returns `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 * @see https://www.rfc-editor.org/rfc/rfc5803
 */
export function scramVerifier(
  password: string,
  { salt = randomBytes(SALT_BYTES), iterations = ITERATIONS }: { salt?: Buffer; iterations?: number } = {},
): string {
  const salted = pbkdf2Sync(Buffer.from(saslPrep(password), 'utf8'), salt, iterations, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const serverKey = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** RFC 3454, tables B.1 (mapped to nothing) and C.1.2 (spaces outside ASCII, mapped to a space). */
const NOTHING = /\u034F|\u200D|[\u00AD\u1806\u200C\u2060\uFEFF]|[\u180B-\u180D]|[\uFE00-\uFE0F]/gu;
const SPACE = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
/** Tables C.2 to C.9: control, private, surrogate and other characters that no password may have; and unassigned ones (A.1). */
const PROHIBITED =
  /\u0340|\u0341|[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u06DD\u070F\u180E\u200C-\u200F\u2028-\u202E\u2060-\u2063\u206A-\u206F\u2FF0-\u2FFB\uFEFF\uFFF9-\uFFFD\u{1D173}-\u{1D17A}\u{E0001}\u{E0020}-\u{E007F}]/u;
/** Written from right to left (table D.1), by script: JavaScript knows no bidirectional classes. */
const FROM_RIGHT = /[[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]&&\p{L}]/v;
const LETTER_FROM_LEFT = /[\p{L}--[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]]/v;

/**
 * A password as SCRAM hashes it (SASLprep), with PostgreSQL's leniency: one that SASLprep would refuse is taken as it is. What Unicode
 * 3.2 did not know PostgreSQL counts as unassigned; here it is what the Unicode of this runtime does not know. That makes a difference
 * only where such a character stands beside one that is mapped or normalized.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4013
 * @see https://github.com/postgres/postgres/blob/master/src/common/saslprep.c
 */
export function saslPrep(password: string): string {
  if (/^[\x20-\x7E]*$/.test(password)) return password;
  const mapped = password.replace(SPACE, ' ').replace(NOTHING, '');
  // PostgreSQL looks at what was mapped, not at what is normalized.
  if (mapped === '' || PROHIBITED.test(mapped) || mixesDirections(mapped)) return password;
  return mapped.normalize('NFKC');
}

/** RFC 3454, section 6: text from right to left has no letter from left to right, and begins and ends with its own. */
function mixesDirections(text: string): boolean {
  if (!FROM_RIGHT.test(text)) return false;
  const characters = [...text];
  const isFromRight = (character = '') => FROM_RIGHT.test(character);
  return LETTER_FROM_LEFT.test(text) || !isFromRight(characters[0]) || !isFromRight(characters.at(-1));
}
