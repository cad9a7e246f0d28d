import type { ListedSecret } from './declared-secrets.ts';
import type { Terminal } from './terminal.ts';

/** Writes declared secrets for people. */
export function showSecrets(terminal: Terminal, rows: readonly ListedSecret[], now: Date): void {
  if (rows.length === 0) terminal.line('No secret is declared.');
  for (const { name, kind, current, staged, lastRotatedAt, nextDueAt } of rows) {
    terminal.line(`${terminal.style(name, 'bold')}  ${kind ?? 'is not rotated'}`);
    terminal.line(`  current version: ${current ?? 'none'}`);
    if (staged !== null)
      terminal.line(`  ${terminal.style(`staged for the next rotation: ${staged}`, 'blue')}`);
    terminal.line(`  last rotated: ${lastRotatedAt === null ? 'never' : minute(lastRotatedAt)}`);
    if (nextDueAt === null) continue;
    const overdue = Date.parse(nextDueAt) <= now.getTime();
    terminal.line(
      `  next due: ${overdue ? terminal.style(`${minute(nextDueAt)}, overdue`, 'red') : minute(nextDueAt)}`,
    );
  }
}

const minute = (instant: string) => `${instant.slice(0, 16)}Z`;
