import { durationMilliseconds } from '../../schemas/preflight/duration.ts';
import { describeFormat, formatMismatch } from '../../schemas/preflight/formats.ts';
import { isPlaceholder } from '../../schemas/preflight/placeholders.ts';
import { neededParts, variablesOf } from '../../schemas/preflight/requirement.ts';
import type { Format, Requirement } from '../../schemas/preflight/rules.ts';
import { conditionCycles } from './preflight-cycles.ts';
import { formatOf, type PreflightConfig } from './preflight-schema.ts';

/** Rules that no environment can meet, that never count, or that rest on one another, each with its path. */
export function preflightContradictions(rules: PreflightConfig, where: string): string[] {
  const formats = new Map(
    Object.entries(rules.formats).map(([variable, format]) => [variable, formatOf(format)]),
  );
  return [
    ...namedTwice(rules.require, `${where}.require`),
    ...rules.conditional.flatMap(({ require: needed }, index) =>
      namedTwice(needed, `${where}.conditional[${index}].require`),
    ),
    ...neverCounting(rules.require, `${where}.require`),
    ...[...formats].flatMap(([variable, format]) => [
      ...emptyRange(format, `${where}.formats.${variable}`),
      ...forbiddenAndAllowed(rules, variable, format, `${where}.formats.${variable}`),
    ]),
    ...rules.conditional.flatMap(({ when }, index) =>
      neverHolding(rules, when, formats.get(when.variable), `${where}.conditional[${index}].when.is`),
    ),
    ...conditionCycles(rules.conditional, `${where}.conditional`),
  ];
}

/** A name that stands twice in one group: another one was meant. */
function namedTwice(members: readonly Requirement[], where: string): string[] {
  const seen = new Set<string>();
  return members.flatMap((member, index) => {
    const path = `${where}[${index}]`;
    if (typeof member !== 'string')
      return 'all' in member ? namedTwice(member.all, `${path}.all`) : namedTwice(member.any, `${path}.any`);
    if (!seen.has(member)) {
      seen.add(member);
      return [];
    }
    return [`${path}: found "${member}"; it stands in this list already.`];
  });
}

/** A choice that is none, because one of its alternatives is needed in any case. */
function neverCounting(members: readonly Requirement[], where: string): string[] {
  const parts = members.flatMap((member, index) => neededParts(member, `${where}[${index}]`));
  const needed = new Set(
    parts.map(({ requirement }) => requirement).filter((part) => typeof part === 'string'),
  );
  return parts.flatMap(({ requirement, path }) => {
    if (typeof requirement === 'string' || !('any' in requirement)) return [];
    return requirement.any.flatMap((member, index) =>
      variablesOf(member).every((variable) => needed.has(variable))
        ? [
            `${path}.any[${index}]: ${variablesOf(member).join(' and ')} must be set in any case, so the other alternatives never count.`,
          ]
        : [],
    );
  });
}

function emptyRange(format: Format, where: string): string[] {
  if (!('min' in format || 'max' in format)) return [];
  const { min, max } = format as { min?: number | string; max?: number | string };
  if (min === undefined || max === undefined) return [];
  const value = (limit: number | string) =>
    typeof limit === 'number' ? limit : (durationMilliseconds(limit) ?? Number.NaN);
  return value(min) > value(max)
    ? [`${where}.max: found ${show(max)}; must not be less than min, which is ${show(min)}.`]
    : [];
}

const show = (limit: number | string) => (typeof limit === 'string' ? `"${limit}"` : limit);

function forbiddenAndAllowed(
  { forbidden }: PreflightConfig,
  variable: string,
  format: Format,
  where: string,
): string[] {
  if (format.kind !== 'one-of' || forbidden.except.includes(variable)) return [];
  return format.values.flatMap((value, index) =>
    isPlaceholder(value, forbidden.values)
      ? [
          `${where}.values[${index}]: found "${value}", which is forbidden too; take it out, or add ${variable} to forbidden.except.`,
        ]
      : [],
  );
}

/** Values that a condition waits for, and the format of its variable does not let pass. */
function neverHolding(
  { forbidden }: PreflightConfig,
  when: PreflightConfig['conditional'][number]['when'],
  format: Format | undefined,
  where: string,
): string[] {
  if (when.is === true) {
    const possible = ['true', '1', 'yes', 'on', 'True', 'TRUE', 'YES', 'ON', 'Yes', 'On'].some(
      (word) => format === undefined || formatMismatch(format, word) === undefined,
    );
    return possible
      ? []
      : [
          `${where}: found true; it never holds, because ${when.variable} must be ${describeFormat(format as Format)}.`,
        ];
  }
  return when.is.flatMap((value, index) => {
    if (format !== undefined && formatMismatch(format, value) !== undefined)
      return [
        `${where}[${index}]: found "${value}"; it never holds, because ${when.variable} must be ${describeFormat(format)}.`,
      ];
    return isPlaceholder(value, forbidden.values) && !forbidden.except.includes(when.variable)
      ? [
          `${where}[${index}]: found "${value}", which is forbidden; take it out, or add ${when.variable} to forbidden.except.`,
        ]
      : [];
  });
}
