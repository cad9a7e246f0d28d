import type * as z from 'zod/mini';

/** What a schema finds wrong, one part after the other; nothing of the value is quoted. */
export function problems({ issues }: z.core.$ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
}
