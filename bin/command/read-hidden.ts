import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError } from './exit-codes.ts';

/** What a process ends with that was interrupted from its terminal: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** A terminal, or what stands for one in a test. */
export interface HiddenTerminal {
  readonly input: NodeJS.ReadableStream;
  /** Where prompts go. */
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks for a text twice without showing it: nothing that is typed is written anywhere, not even its length.
 *
 * @param what names it in the prompts: `value of sentry`
 * @throws CommandError where the two differ, or it has several lines, or none is given
 */
export async function readHiddenTwice(
  what: string,
  { input, output }: HiddenTerminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input,
    output: nowhere,
    terminal: true,
    historySize: 0,
    crlfDelay: Infinity,
  });
  const lines: string[] = [];
  const waiting: Array<(line: string) => void> = [];
  reader.on('line', (line) => {
    const hand = waiting.shift();
    if (hand === undefined) lines.push(line);
    else hand(line);
  });
  const broken = new Promise<never>((_, reject) => {
    reader.once('SIGINT', () => reject(new CommandError('Interrupted. Nothing was staged.', INTERRUPTED)));
    reader.once('close', () => reject(new CommandError('The input has ended. Nothing was staged.')));
  });
  broken.catch(() => {});
  const ask = async (prompt: string): Promise<string> => {
    output.write(prompt);
    const line =
      lines.shift() ??
      (await Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), broken]));
    output.write('\n');
    return line;
  };
  try {
    const first = await ask(`New ${what} (not shown): `);
    const second = await ask('The same again: ');
    // A text of several lines that was pasted has answered both.
    if (first !== second || lines.length > 0)
      throw new CommandError(
        'The two are not the same. Nothing was staged. A value of several lines comes by standard input: --from-stdin < file',
      );
    return first;
  } catch (error) {
    output.write('\n');
    throw error;
  } finally {
    reader.close();
  }
}
