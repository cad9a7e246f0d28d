/** `{value}`, or `{value.field}`. */
const PLACE = /\{value(?:\.(?<field>[^{}]+))?\}/g;
/** What a header may carry: no control characters, and nothing beyond Latin-1, as Node.js has it. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

export type Filled =
  | { readonly headers: Readonly<Record<string, string>> }
  /** Why the value does not fit in; the end of a sentence about it, which quotes nothing of it. */
  | { readonly problem: string };

/**
 * Puts a secret's value where `{value}` stands in headers, and one of its fields where `{value.field}` stands.
 *
 * @param templates header → text
 */
export function fillHeaders(templates: Readonly<Record<string, string>>, value: string): Filled {
  const wanted = [
    ...new Set(
      Object.values(templates).flatMap((text) =>
        [...text.matchAll(PLACE)].map(({ groups }) => groups?.field),
      ),
    ),
  ].filter((field) => field !== undefined);
  const fields = wanted.length === 0 ? {} : readFields(value);
  if (fields === undefined) return { problem: `is not a JSON object with the field "${wanted[0]}"` };
  const missing = wanted.find((field) => !isText(fields, field));
  if (missing !== undefined) return { problem: `has no text in its field "${missing}"` };
  const headers = Object.fromEntries(
    Object.entries(templates).map(([name, text]) => [
      name,
      text.replace(PLACE, (_, field?: string) => (field === undefined ? value : String(fields[field]))),
    ]),
  );
  const unsendable = Object.entries(headers).find(([, text]) => !SENDABLE.test(text));
  if (unsendable !== undefined)
    return {
      problem: `holds a line break or another character that the header ${unsendable[0]} cannot carry`,
    };
  return { headers };
}

function readFields(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const isText = (fields: Readonly<Record<string, unknown>>, field: string) =>
  Object.hasOwn(fields, field) && typeof fields[field] === 'string' && fields[field] !== '';
