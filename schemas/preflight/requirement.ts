import type { Requirement } from './rules.ts';

/** So many ways out are worth telling; a rule with more is read better where it stands. */
const MOST_WAYS = 4;
/** So many are looked at: the ways through nested groups multiply. */
const MOST_WAYS_TRIED = 64;

/** A requirement in words: `A and (B or (C and D))`. */
export function describeRequirement(requirement: Requirement, nested = false): string {
  if (typeof requirement === 'string') return requirement;
  const [members, word] = 'all' in requirement ? [requirement.all, 'and'] : [requirement.any, 'or'];
  const words = members.map((member) => describeRequirement(member, true)).join(` ${word} `);
  return nested && members.length > 1 ? `(${words})` : words;
}

/** Every variable that a requirement names, in order, as often as it does. */
export function variablesOf(requirement: Requirement): string[] {
  if (typeof requirement === 'string') return [requirement];
  return ('all' in requirement ? requirement.all : requirement.any).flatMap(variablesOf);
}

/** The parts of a requirement that are needed in any case, each with its place: members of outer `all` groups. */
export function neededParts(
  requirement: Requirement,
  path: string,
): Array<{ requirement: Requirement; path: string }> {
  if (typeof requirement === 'string' || 'any' in requirement) return [{ requirement, path }];
  return requirement.all.flatMap((member, index) => neededParts(member, `${path}.all[${index}]`));
}

/** Sets of variables, smallest first, any of which would meet the requirement if they were set too; empty where it is met. */
export function waysToMeet(requirement: Requirement, isSet: (variable: string) => boolean): string[][] {
  const [shortest, ...others] = waysOf(requirement, isSet).sort((left, right) => left.length - right.length);
  return shortest === undefined || shortest.length === 0 ? [] : [shortest, ...others].slice(0, MOST_WAYS);
}

function waysOf(requirement: Requirement, isSet: (variable: string) => boolean): string[][] {
  if (typeof requirement === 'string') return [isSet(requirement) ? [] : [requirement]];
  if ('any' in requirement) {
    const ways = requirement.any.flatMap((member) => waysOf(member, isSet));
    return ways.some((way) => way.length === 0) ? [[]] : ways.slice(0, MOST_WAYS_TRIED);
  }
  return requirement.all.reduce<string[][]>(
    (ways, member) => {
      const further = waysOf(member, isSet);
      return ways
        .flatMap((way) => further.map((more) => [...new Set([...way, ...more])]))
        .slice(0, MOST_WAYS_TRIED);
    },
    [[]],
  );
}
