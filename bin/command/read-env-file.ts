import { createReadStream } from 'node:fs';
import { CommandError } from './exit-codes.ts';

/** Largest env file that is read, in bytes: ECS takes 64 KiB of a task definition in all. */
const LARGEST_BYTES = 1_048_576;
const UTF_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/**
 * Text of an env file, or of standard input for `-`.
 *
 * @throws CommandError where there is none, or it is no text
 */
export async function readEnvFile(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > LARGEST_BYTES)
    throw new CommandError(
      `The env file ${file} has more than ${LARGEST_BYTES} bytes, which is all that is read. Is it the right file?`,
    );
  if (UTF_16.some(([first, second]) => bytes[0] === first && bytes[1] === second))
    throw new CommandError(
      `The env file ${file} is UTF-16, as PowerShell writes it; no service reads that. Save it as UTF-8.`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(`The env file ${file} is not UTF-8 text. Save it as UTF-8.`);
  }
}

/** No more than it takes to see that it is too much: a device or a pipe may go on for ever. */
async function readBytes(file: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    // A pipe that has nothing to say yet cannot be read as a file.
    for await (const piece of file === '-' ? process.stdin : createReadStream(file)) {
      pieces.push(piece);
      length += piece.length;
      if (length > LARGEST_BYTES) break;
    }
  } catch (error) {
    throw new CommandError(`The env file cannot be read: ${(error as Error).message}.`);
  }
  return Buffer.concat(pieces);
}
