import { z } from 'zod';

/** A resource given as the CDK object: anything that has the member. */
export const object = <T>(member: string, what: string) =>
  z.custom<T>((value) => typeof value === 'object' && value !== null && member in value, {
    error: `must be ${what}`,
  });

/** Names that become parts of parameter and resource names. */
export const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'must be lower-case letters, digits and hyphens, at most 31, first a letter',
  );
export const text = z.string().min(1);
export const path = z.string().regex(/^\/[^\s?#]*$/, 'must be a path that begins with /');
export const count = z.number().int().positive();
