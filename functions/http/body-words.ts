/** What is wrong with the body of an answer, after "but": `$.version is not there`, `HTML instead of JSON`. */
export function bodyWords({
  check,
  observed,
}: {
  readonly check: string;
  readonly observed: string;
}): string {
  if (observed.startsWith('answered ')) return observed.replace(/^answered (with )?/, '');
  return observed.startsWith('$') ? observed : `${check} is ${observed}`;
}
