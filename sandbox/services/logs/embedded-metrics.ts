import type { MetricDatum } from '../../contract.ts';

/** How far from now a record's time may be: CloudWatch takes data of two weeks ago up to two hours from now. */
const OLDEST_MILLISECONDS = 14 * 24 * 3_600_000;
const NEWEST_MILLISECONDS = 2 * 3_600_000;
const MOST_DIMENSIONS = 30;

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: ReadonlyArray<readonly string[]>;
  readonly Metrics: ReadonlyArray<{ readonly Name: string; readonly Unit?: string }>;
}

/**
 * The metrics in a line of a log, if it is a record in CloudWatch's embedded metric format. What is not valid has none: a log
 * is not refused for it.
 *
 * @param now milliseconds
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(line: string, now: number): MetricDatum[] {
  if (!line.includes('"_aws"')) return [];
  const record = parse(line);
  const { Timestamp: at, CloudWatchMetrics: directives } = (record?._aws ?? {}) as {
    Timestamp?: unknown;
    CloudWatchMetrics?: unknown;
  };
  if (record === undefined || typeof at !== 'number' || !Array.isArray(directives)) return [];
  if (at < now - OLDEST_MILLISECONDS || at > now + NEWEST_MILLISECONDS) return [];
  return directives.filter(isDirective).flatMap((directive) => dataOf(directive, record, at));
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isDirective(value: unknown): value is Directive {
  const { Namespace, Dimensions, Metrics } = (value ?? {}) as Partial<Directive>;
  return typeof Namespace === 'string' && Array.isArray(Dimensions) && Array.isArray(Metrics);
}

function dataOf(directive: Directive, record: Record<string, unknown>, at: number): MetricDatum[] {
  const sets = directive.Dimensions.filter(
    (names) =>
      Array.isArray(names) &&
      names.length <= MOST_DIMENSIONS &&
      // Each dimension is a text in the record itself.
      names.every((name) => typeof record[name] === 'string'),
  );
  return sets.flatMap((names) =>
    directive.Metrics.flatMap(({ Name: name, Unit: unit }) =>
      [record[name]]
        .flat()
        .filter((value) => typeof value === 'number')
        .map((value) => ({
          namespace: directive.Namespace,
          name,
          dimensions: Object.fromEntries(names.map((key) => [key, record[key] as string])),
          value,
          ...(unit === undefined ? {} : { unit }),
          at,
        })),
    ),
  );
}
