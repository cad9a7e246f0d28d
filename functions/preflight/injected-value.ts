/** What a task is given of a secret's text, or why it is given nothing. Neither tells anything of another field. */
export type Injected = { readonly value: string } | { readonly problem: string };

/** Powers of ten between which Go writes a number without its exponent. */
const PLAIN_POWERS = { smallest: -4, largest: 5 };

/**
 * What ECS puts into a variable of a secret's text: all of it, or one field of its JSON.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function injectedValue(text: string, field: string | undefined): Injected {
  if (field === undefined) return { value: text };
  const fields = jsonObject(text);
  if ('problem' in fields) return fields;
  if (!Object.hasOwn(fields.object, field)) return { problem: `has no field ${field}` };
  const value = fields.object[field];
  if (typeof value === 'string') return { value };
  if (typeof value === 'boolean') return { value: String(value) };
  if (typeof value === 'number') return { value: asEcsWrites(value) };
  return {
    problem: `has ${value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object'} in its field ${field}, and no text`,
  };
}

/** The JSON object that a text is, or why it is none; the parser's own message would quote it. */
export function jsonObject(
  text: string,
): { readonly object: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  // ECS's parser does not pass over it either.
  if (text.startsWith('\uFEFF')) return { problem: 'is not JSON: it begins with a byte order mark' };
  try {
    const object: unknown = JSON.parse(text);
    if (typeof object === 'object' && object !== null && !Array.isArray(object))
      return { object: object as Record<string, unknown> };
    return { problem: 'is JSON, but no object with fields' };
  } catch {
    return { problem: 'is not JSON' };
  }
}

/** The agent is written in Go, which writes large and small numbers with their exponent: 100000000 as 1e+08. */
function asEcsWrites(number: number): string {
  const [digits = '', exponent = '0'] = number.toExponential().split('e');
  const power = Number(exponent);
  if (power >= PLAIN_POWERS.smallest && power <= PLAIN_POWERS.largest) return number.toString();
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
