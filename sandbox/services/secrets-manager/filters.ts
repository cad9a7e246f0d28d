import { AwsError } from '../../contract.ts';
import type { Secret } from './secret.ts';

/** A filter of ListSecrets and BatchGetSecretValue. */
export interface Filter {
  readonly Key: string;
  readonly Values: readonly string[];
}

const LARGEST_COUNT = 10;

/** What each filter looks at. The sandbox has one region, so that `primary-region` finds nothing. */
const texts: Readonly<Record<string, (secret: Secret) => readonly string[]>> = {
  description: ({ description }) => [description ?? ''],
  name: ({ name }) => [name],
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
  'owning-service': ({ owningService }) => [owningService ?? ''],
  'primary-region': () => [],
};

/** Filters that do not tell capital letters from others. */
const IGNORING_CASE = ['description', 'all'];

/** @throws AwsError `InvalidParameterException` for filters that do not exist */
export function checkFilters(filters: readonly Filter[]): void {
  const known = [...Object.keys(texts), 'all'];
  const wrong = filters.find(({ Key }) => !known.includes(Key));
  if (wrong)
    throw new AwsError(
      'InvalidParameterException',
      `'${wrong.Key}' is not a key of a filter: ${known.join(', ')}.`,
    );
  if (filters.length > LARGEST_COUNT || filters.some(({ Values }) => Values.length > LARGEST_COUNT))
    throw new AwsError(
      'InvalidParameterException',
      `There are at most ${LARGEST_COUNT} filters, each with at most ${LARGEST_COUNT} values.`,
    );
}

/**
 * Whether a secret passes all filters: by one of each filter's values, and by none that begins with `!`.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
 */
export function passesFilters(secret: Secret, filters: readonly Filter[]): boolean {
  return filters.every(({ Key, Values }) => {
    const wanted = Values.filter((value) => !value.startsWith('!'));
    const unwanted = Values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
    if (unwanted.some((value) => matches(secret, Key, value))) return false;
    return wanted.length === 0 || wanted.some((value) => matches(secret, Key, value));
  });
}

function matches(secret: Secret, key: string, value: string): boolean {
  const fold = (text: string) => (IGNORING_CASE.includes(key) ? text.toLowerCase() : text);
  if (key !== 'all') return (texts[key]?.(secret) ?? []).some((text) => fold(text).startsWith(fold(value)));
  const words = fold(value)
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const everything = fold(
    Object.values(texts)
      .flatMap((read) => read(secret))
      .join(' '),
  );
  return words.every((word) => everything.includes(word));
}
