/** How a person starts a runbook for a target: `nightshift run restore-drill --database main`. */
export function runCommand(runbook: string, target: string): string {
  const [, kind, name] = /^(service|database|secret)\/(.+)$/.exec(target) ?? [];
  return `nightshift run ${runbook}${kind === undefined ? '' : ` --${kind} ${name}`}`;
}
