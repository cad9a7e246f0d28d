import { AwsError } from '../contract.ts';
import type { RestRequest } from './http-message.ts';
import type { ApiDescription, OperationSchema } from './operations.ts';
import { requiredMembers } from './shapes.ts';

export interface OperationMatch {
  readonly operation: OperationSchema;
  readonly labels: Record<string, string>;
}

/** What speaks for one operation among several whose path and method fit, most telling first. */
const Weight = {
  /** Required headers and query parameters are there: without them it is more likely a neighbour that is meant. */
  complete: 1000,
  /** Each fixed query parameter, such as `?list-type=2`. */
  fixedQuery: 100,
  /** The SDK's own hint. */
  hinted: 50,
  /** A label that takes one segment says more than one that takes all the rest. */
  narrow: 10,
  /** Where nothing else tells (S3 has two `GET /`), the one that the service implements. */
  implemented: 1,
} as const;

/**
 * Finds the operation of a REST API whose method, path template and fixed query fit a request.
 *
 * @throws AwsError `UnsupportedOperation` when none fits
 */
export function matchOperation(description: ApiDescription, request: RestRequest): OperationMatch {
  let best: (OperationMatch & { weight: number }) | undefined;
  for (const operation of description.operations.values()) {
    if (operation.http?.[0] !== request.method) continue;
    const [template = '', fixed = ''] = operation.http[1].split('?');
    const labels = matchPath(template, request.path);
    if (labels === undefined) continue;
    const wanted = [...new URLSearchParams(fixed)];
    if (!wanted.every(([name, value]) => fitsQuery(name, value, request.query))) continue;
    const weight =
      (lacksRequired(operation, request) ? 0 : Weight.complete) +
      wanted.filter(([name]) => name !== 'x-id').length * Weight.fixedQuery +
      (wanted.some(([name]) => name === 'x-id' && request.query.has(name)) ? Weight.hinted : 0) +
      (template.includes('+') ? 0 : Weight.narrow) +
      (operation.name in description.api.operations ? Weight.implemented : 0);
    if (best === undefined || weight > best.weight) best = { operation, labels, weight };
  }
  if (best !== undefined) return best;
  throw new AwsError(
    'UnsupportedOperation',
    `No operation of ${description.namespace} has ${request.method} ${request.path}.`,
    { status: 501 },
  );
}

/** The SDKs send `x-id` only as a hint; other clients leave it out. */
function fitsQuery(name: string, value: string, query: URLSearchParams): boolean {
  if (name === 'x-id') return (query.get(name) ?? value) === value;
  return query.has(name) && (value === '' || query.get(name) === value);
}

function lacksRequired(operation: OperationSchema, request: RestRequest): boolean {
  const required = new Set(requiredMembers(operation.input));
  return [...operation.input.structIterator()].some(([name, member]) => {
    if (!required.has(name)) return false;
    const { httpQuery, httpHeader } = member.getMergedTraits();
    if (typeof httpQuery === 'string') return !request.query.has(httpQuery);
    return typeof httpHeader === 'string' && request.headers[httpHeader.toLowerCase()] === undefined;
  });
}

/** Labels of a path by a template such as `/{Bucket}/{Key+}`, decoded; undefined where it does not fit. */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const pattern = template
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => {
      const label = /^\{(\w+)(\+?)\}$/.exec(segment);
      if (!label) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(label[1] as string);
      return label[2] === '+' ? '(.+)' : '([^/]+)';
    })
    .join('/');
  // A greedy label takes the last slash along: S3 keys may end in one.
  const match = new RegExp(`^${pattern}/?$`, 's').exec(path);
  if (!match) return undefined;
  try {
    return Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(match[index + 1] as string)]),
    );
  } catch {
    // Not a percent-encoding.
    return undefined;
  }
}
