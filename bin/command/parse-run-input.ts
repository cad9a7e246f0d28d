import { readFileSync } from 'node:fs';
import { CommandError } from './exit-codes.ts';

/** Longest input that the command sends, in bytes: what Nightshift itself takes. */
const LARGEST_BYTES = 16_384;

/** Flags that are short for a field of the input. What a runbook takes is known to the run. */
export const FIELD_FLAGS = {
  service: ['--service <name>', 'short for {"service":"name"}'],
  database: ['--database <name>', 'short for {"database":"name"}'],
  secret: ['--secret <name>', 'short for {"secret":"name"}'],
  secrets: ['--secrets <names>', 'several of them, with commas between, or "all"'],
  tag: ['--tag <tag>', 'the secrets that have this tag'],
  snapshot: ['--snapshot <id>', 'snapshot to restore from; the newest good one when not given'],
  toTime: ['--to-time <iso>', 'time to restore to, such as 2026-11-21T03:00:00Z'],
  mode: [
    '--mode <beside|swap>',
    "leave the restored instance beside the original, or in the original's place",
  ],
  unfinished: ['--unfinished <finish|undo>', 'finish or undo what an earlier run left half-way'],
  instance: ['--instance <id>', 'RDS instance to look at instead of the declared one'],
  manifest: ['--manifest <snapshot|newest|none>', 'compare with the manifest of this snapshot'],
  revision: ['--revision <task definition>', 'task definition to look at; the newest one when not given'],
} as const satisfies Record<string, readonly [flags: string, description: string]>;

/** What was typed for them, as far as it was. */
export type FieldFlags = { readonly [Field in keyof typeof FIELD_FLAGS]?: string };

/**
 * Reads `--input`: JSON, `@file`, or `-` for standard input.
 *
 * @throws CommandError that says what was wrong and what is allowed
 */
export function parseRunInput(
  options: FieldFlags & { readonly input?: string; readonly dryRun?: boolean; readonly reason?: string },
): string {
  let input: Record<string, unknown> = {};
  if (options.input !== undefined) {
    const text = readInput(options.input);
    if (Buffer.byteLength(text) > LARGEST_BYTES)
      throw new CommandError(
        `The input has ${Buffer.byteLength(text)} bytes; at most ${LARGEST_BYTES} are taken. Nothing was started.`,
      );
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw new CommandError(
        `The input is not JSON: ${(error as Error).message}. Write for example --input '{"service":"api"}', or --service api. Nothing was started.`,
      );
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw new CommandError(
        `The input must be a JSON object such as {"service":"api"}, not ${parsed === null ? 'null' : Array.isArray(parsed) ? 'a list' : `a ${typeof parsed}`}. Nothing was started.`,
      );
    }
    input = parsed as Record<string, unknown>;
  }
  for (const field of [...(Object.keys(FIELD_FLAGS) as (keyof FieldFlags)[]), 'reason'] as const)
    if (options[field] !== undefined) input[field] = options[field];
  if (options.dryRun) input.dryRun = true;
  return JSON.stringify(input);
}

function readInput(given: string): string {
  if (given === '-') return readFileSync(0, 'utf8');
  if (!given.startsWith('@')) return given;
  try {
    return readFileSync(given.slice(1), 'utf8');
  } catch (error) {
    throw new CommandError(
      `The input file cannot be read: ${(error as Error).message}. Nothing was started.`,
    );
  }
}
