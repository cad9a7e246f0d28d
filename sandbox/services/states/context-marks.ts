// biome-ignore lint/suspicious/noExplicitAny: templates and their values are JSON.
type Any = any;

/** Starts a text that stands for a context value until the state runs. */
const CONTEXT_MARK = '\u0000$$.';

/** Context values that are known only when the state runs become marks. */
export function markContext(name: string, template: Any): Any {
  if (Array.isArray(template)) return template.map((item) => markContext(name, item));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries<Any>(template).map(([key, value]) => {
      if (!key.endsWith('.$') || typeof value !== 'string') return [key, markContext(name, value)];
      if (/^\$\$\.(Task\.Token|State\.\w+|Execution\.StartTime)$/.test(value))
        return [key.slice(0, -2), `${CONTEXT_MARK}${value.slice(3)}`];
      if (/\$\$\.(Task|State)\./.test(value))
        throw new Error(`the state '${name}' uses '${value}', which the sandbox cannot evaluate`);
      return [key, value];
    }),
  );
}

/** Puts the context's values where the marks are. */
export function fillContext(value: Any, context: Readonly<Record<string, unknown>>): Any {
  if (typeof value === 'string' && value.startsWith(CONTEXT_MARK))
    return context[value.slice(CONTEXT_MARK.length)];
  if (Array.isArray(value)) return value.map((item) => fillContext(item, context));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillContext(item, context)]));
}
