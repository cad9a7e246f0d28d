import { paginate } from '../paginate.ts';
import { invalidValue } from './errors.ts';

const SMALLEST_PAGE = 20;
const LARGEST_PAGE = 100;

/** One page of a list as RDS's Describe operations give it. */
export function pageOf<T>(
  items: readonly T[],
  { Marker, MaxRecords = LARGEST_PAGE }: { Marker?: string; MaxRecords?: number },
): { page: T[]; marker: string | undefined } {
  if (MaxRecords < SMALLEST_PAGE || MaxRecords > LARGEST_PAGE)
    throw invalidValue(
      `Invalid value ${MaxRecords} for MaxRecords. Must be between ${SMALLEST_PAGE} and ${LARGEST_PAGE}`,
    );
  const { page, nextToken } = paginate(items, Marker, MaxRecords, 'InvalidParameterValue');
  return { page, marker: nextToken };
}

interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

/**
 * The items that pass all filters; within one filter any value will do.
 *
 * @param members what each filter looks at, by the filter's name
 */
export function filtered<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  members: Readonly<Record<string, (item: T) => readonly string[]>>,
): T[] {
  return (filters ?? []).reduce<T[]>(
    (left, { Name, Values }) => {
      const look = Object.hasOwn(members, Name) ? members[Name] : undefined;
      if (!look) throw invalidValue(`Unrecognized filter name: ${Name}`);
      const wanted = Values.map((value) => value.toLowerCase());
      return left.filter((item) => look(item).some((value) => wanted.includes(value.toLowerCase())));
    },
    [...items],
  );
}
