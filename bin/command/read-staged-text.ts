import { readFileSync } from 'node:fs';
import { CommandError } from './exit-codes.ts';
import { readHiddenTwice } from './read-hidden.ts';

/** Longest value that Secrets Manager takes, in bytes. */
const LARGEST_BYTES = 65_536;
const UTF_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/**
 * The value to stage, from a hidden prompt on a terminal, else from standard input.
 *
 * @throws CommandError that quotes nothing of it
 */
export async function readStagedText(secret: string, { fromStdin = false } = {}): Promise<string> {
  if (process.stdin.isTTY && fromStdin)
    throw new CommandError(
      'Standard input is the terminal, which would show the value. Leave --from-stdin out for a hidden prompt, or redirect a file: --from-stdin < file. Nothing was staged.',
    );
  return process.stdin.isTTY
    ? checked(Buffer.from(await readHiddenTwice(`value of ${secret}`)))
    : stagedText(readFileSync(0));
}

/** The value that standard input holds: without the line end after it, which `echo` and editors add; every other character belongs to it. */
export function stagedText(bytes: Buffer): string {
  return checked(bytes).replace(/\r?\n$/, '');
}

function checked(bytes: Buffer): string {
  if (bytes.length > LARGEST_BYTES)
    throw new CommandError(
      `The value has more than ${LARGEST_BYTES} bytes, which is what Secrets Manager takes. Is it the right file? Nothing was staged.`,
    );
  if (UTF_16.some(([first, second]) => bytes[0] === first && bytes[1] === second))
    throw new CommandError(
      'The value is UTF-16, as PowerShell writes it. Save it as UTF-8. Nothing was staged.',
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError('The value is not UTF-8 text; only text can be staged. Nothing was staged.');
  }
}
