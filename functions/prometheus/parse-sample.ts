/** One line of metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** As written: milliseconds in the text format, seconds in OpenMetrics. */
  readonly timestamp: number | undefined;
}

// Each of these reads on from where the last one ended, and none can read the same text in two ways: a line takes time as it is long.
const NAME = /[ \t]*([a-zA-Z_:][\w:]*)?[ \t]*/y;
/** A name, or one in quotation marks among the labels. */
const BEGINNING = /^[ \t]*(?:([a-zA-Z_:][\w:]*)|\{[ \t]*"((?:[^"\\]|\\.)*)")/;
const LABEL =
  /[ \t]*(?:([a-zA-Z_]\w*)|"((?:[^"\\]|\\.)*)")[ \t]*(?:=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*)?(?=([,}]))./y;
const END_OF_LABELS = /[ \t]*\}/y;
/** Value, timestamp, and an exemplar that is looked past. */
const VALUE = /[ \t]*([^ \t#]+)(?:[ \t]+([^ \t#]+))?[ \t]*(?:#.*)?$/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const ESCAPE = /\\(.)/g;
const NO_LABELS: ReadonlyMap<string, string> = new Map();

/**
 * Reads one line of the Prometheus text format or of OpenMetrics, without its end. Names in quotation marks, as Prometheus 3 writes them, are
 * read too.
 *
 * @returns undefined when it is no sample
 * @see https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
export function parseSample(line: string): Sample | undefined {
  NAME.lastIndex = 0;
  let name = NAME.exec(line)?.[1];
  let end = NAME.lastIndex;
  let labels = NO_LABELS;
  if (line[end] === '{') {
    const read = readLabels(line, end + 1);
    if (read === undefined || (name !== undefined && read.name !== undefined)) return undefined;
    name ??= read.name;
    ({ labels, end } = read);
  } else if (line[end - 1] !== ' ' && line[end - 1] !== '\t') return undefined;
  VALUE.lastIndex = end;
  const rest = VALUE.exec(line);
  if (name === undefined || rest === null) return undefined;
  const value = parseValue(rest[1] ?? '');
  const timestamp = rest[2] === undefined ? undefined : NUMBER.test(rest[2]) ? Number(rest[2]) : Number.NaN;
  return value === undefined || Number.isNaN(timestamp) ? undefined : { name, labels, value, timestamp };
}

/** The name of a metric at the beginning of a line, though the rest of it may be broken. */
export function nameOf(line: string): string | undefined {
  const match = BEGINNING.exec(line);
  return match?.[1] ?? (match?.[2] === undefined ? undefined : unescaped(match[2]));
}

/** A number as Go writes it, or undefined. */
export function parseValue(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text.toLowerCase() === 'nan' ? Number.NaN : undefined;
}

function readLabels(
  line: string,
  start: number,
): { name: string | undefined; labels: Map<string, string>; end: number } | undefined {
  const labels = new Map<string, string>();
  let name: string | undefined;
  let end = start;
  for (;;) {
    END_OF_LABELS.lastIndex = end;
    // Also after a comma: some write one after the last label.
    if (END_OF_LABELS.test(line)) return { name, labels, end: END_OF_LABELS.lastIndex };
    LABEL.lastIndex = end;
    const match = LABEL.exec(line);
    if (match === null) return undefined;
    const [, plain, quoted, value, stop] = match;
    const label = plain ?? unescaped(quoted ?? '');
    if (value === undefined) {
      // The name of the metric stands first, in quotation marks, and only once.
      if (quoted === undefined || end !== start) return undefined;
      name = label;
    } else {
      if (labels.has(label)) return undefined;
      labels.set(label, unescaped(value));
    }
    end = LABEL.lastIndex;
    if (stop === '}') return { name, labels, end };
  }
}

/** As Prometheus does: what is no escape stays as it is. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (whole, character: string) =>
    character === 'n' ? '\n' : character === '\\' || character === '"' ? character : whole,
  );
}
