import { readFileSync } from 'node:fs';
import { CommandError } from './exit-codes.ts';

/** Longest input that the command sends, in bytes: what Nightshift itself takes. */
const LARGEST_BYTES = 16_384;

/**
 * Reads `--input`: JSON, `@file`, or `-` for standard input.
 *
 * @throws CommandError that says what was wrong and what is allowed
 */
export function parseRunInput(options: {
  input?: string;
  service?: string;
  database?: string;
  dryRun?: boolean;
  reason?: string;
}): string {
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
  if (options.service !== undefined) input.service = options.service;
  if (options.database !== undefined) input.database = options.database;
  if (options.dryRun) input.dryRun = true;
  if (options.reason !== undefined) input.reason = options.reason;
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
