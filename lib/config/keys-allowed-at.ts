import { ConfigSchema } from './schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: the schema's inner structure is walked by kind.
type AnySchema = any;

/** The settings that exist at a path of the schema, where the configuration that was given stands there. */
export function keysAllowedAt(path: readonly PropertyKey[], input: unknown): string[] {
  let schema: AnySchema = ConfigSchema;
  let value: AnySchema = input;
  for (const part of path) {
    schema = step(meant(schema, value), part);
    value = value?.[part];
  }
  return Object.keys(meant(schema, value)?.shape ?? {});
}

/** A schema without its wrappers; of several forms the one that the value has. */
function meant(schema: AnySchema, value: AnySchema): AnySchema {
  const { innerType, getter, type, options, discriminator } = schema?.def ?? {};
  if (innerType) return meant(innerType, value);
  if (type === 'lazy') return meant(getter(), value);
  if (type !== 'union') return schema;
  const forms = options.map((option: AnySchema) => meant(option, value)).filter(Boolean);
  if (discriminator !== undefined)
    return forms.find((form: AnySchema) =>
      form.shape?.[discriminator]?.def.values.includes(value?.[discriminator]),
    );
  return forms.find((form: AnySchema) => (Array.isArray(value) ? form.def.element : form.shape));
}

function step(schema: AnySchema, part: PropertyKey): AnySchema {
  if (schema?.def?.type === 'record') return schema.def.valueType;
  return schema?.def?.type === 'array' ? schema.def.element : schema?.shape?.[part];
}
