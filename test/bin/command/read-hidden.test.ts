import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readHiddenTwice } from '../../../bin/command/read-hidden.ts';

/** A terminal into which somebody types; what is typed between two prompts is one text. */
function typing(...texts: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const given = readHiddenTwice('value of sentry', { input, output });
  given.catch(() => {});
  for (const text of texts) input.write(text);
  return { given, input, shown: () => String(output.read() ?? '') };
}

describe('a hidden prompt', () => {
  it.each([
    ['a line twice', ['s3cret\r', 's3cret\r'], 's3cret'],
    ['what was corrected with the backspace key', ['s3x\u007fcret\r', 's3cret\r'], 's3cret'],
    ['what was corrected in the middle of it', ['s3cet\u001b[D\u001b[Dr\r', 's3cret\r'], 's3cret'],
    ['a line that was struck out', ['wrong\u0015s3cret\r', 's3cret\r'], 's3cret'],
    ['letters of any script', ['Grüße 世界 🔑\r', 'Grüße 世界 🔑\r'], 'Grüße 世界 🔑'],
    ['spaces around it', [' a \r', ' a \r'], ' a '],
    ['nothing', ['\r', '\r'], ''],
    ['what was pasted in pieces', ['s3c', 'ret', '\r', 's3cret\r'], 's3cret'],
  ])('takes %s', async (_, texts, expected) => {
    const { given, shown } = typing(...texts);
    expect(await given).toBe(expected);
    expect(shown()).toBe('New value of sentry (not shown): \nThe same again: \n');
  });

  it.each([
    ['differ', ['s3cret\r', 's3cre\r']],
    ['are the lines of one text that was pasted', ['{\r\n  "key": "s3cret"\r\n}\r\n']],
    ['are pasted with several lines, each the same', ['s3cret\r\ns3cret\r\ns3cret\r\n']],
  ])('refuses two texts that %s, and shows neither', async (_, texts) => {
    const { given, shown } = typing(...texts);
    await expect(given).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^The two are not the same\. Nothing was staged\./),
    });
    await expect(given).rejects.not.toThrow('s3cret');
    expect(shown()).not.toContain('s3');
  });

  it('ends when it is interrupted', async () => {
    const { given } = typing('s3c\u0003');
    await expect(given).rejects.toMatchObject({ exitCode: 130, message: 'Interrupted. Nothing was staged.' });
  });

  it.each([
    ['a key says that it has', '\u0004'],
    ['there is no more', undefined],
  ])('ends when the input has ended, as %s', async (_, typed) => {
    const { given, input } = typing(...(typed === undefined ? [] : [typed]));
    if (typed === undefined) input.end();
    await expect(given).rejects.toMatchObject({
      exitCode: 2,
      message: 'The input has ended. Nothing was staged.',
    });
  });
});
