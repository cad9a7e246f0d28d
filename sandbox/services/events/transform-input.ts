// biome-ignore lint/suspicious/noExplicitAny: events are JSON.
type Any = any;

/** The value at a simple JSON path (`$.detail.state`, `$.resources[0]`), as EventBridge supports them. */
export function valueAt(path: string, event: Any): Any {
  let value = event;
  for (const part of path.replace(/^\$\.?/, '').split(/\.|(?=\[)/)) {
    if (part === '') continue;
    const index = /^\[(\d+)\]$/.exec(part);
    value = value?.[index ? Number(index[1]) : part];
  }
  return value;
}

/** What a target receives: the event, a part of it, a constant, or a template filled from it. */
export function targetInput(
  target: {
    Input?: string;
    InputPath?: string;
    InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  },
  event: Any,
  context: { ruleArn: string; ruleName: string },
): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(target.InputPath, event) ?? null);
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const { detail: _detail, ...withoutDetail } = event;
  const reserved: Record<string, Any> = {
    'aws.events.rule-arn': context.ruleArn,
    'aws.events.rule-name': context.ruleName,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event': withoutDetail,
    'aws.events.event.json': event,
  };
  const lookUp = (name: string): Any =>
    name in reserved
      ? reserved[name]
      : name in InputPathsMap
        ? valueAt(InputPathsMap[name] as string, event)
        : undefined;
  // A variable within quotes is text in a text; one without is a JSON value. A path that finds nothing leaves nothing.
  return InputTemplate.replace(
    /"((?:[^"\\]|\\.)*)"|<([\w.-]+)>/g,
    (whole, quoted: string | undefined, bare: string | undefined) => {
      if (bare !== undefined) {
        const value = lookUp(bare);
        return value === undefined ? '""' : JSON.stringify(value);
      }
      const filled = (quoted as string).replace(/<([\w.-]+)>/g, (_: string, name: string) => {
        const value = lookUp(name);
        // EventBridge takes the quotes out of an object within a text.
        const text =
          value === undefined
            ? ''
            : typeof value === 'string'
              ? value
              : JSON.stringify(value).replaceAll('"', '');
        return JSON.stringify(text).slice(1, -1);
      });
      return whole.includes('<') ? `"${filled}"` : whole;
    },
  );
}
