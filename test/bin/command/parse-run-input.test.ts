import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../bin/command/exit-codes.ts';
import { FIELD_FLAGS, parseRunInput } from '../../../bin/command/parse-run-input.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const parse = (options: Parameters<typeof parseRunInput>[0]) => JSON.parse(parseRunInput(options));
const refusal = (input: string) => {
  try {
    parseRunInput({ input });
  } catch (error) {
    return error as CommandError;
  }
  throw new Error('The input was taken.');
};

describe('parseRunInput', () => {
  it('takes --service as a complete input', () => {
    expect(parse({ service: 'api' })).toEqual({ service: 'api' });
  });

  it('sends an empty object where nothing is given, so that the run itself says what is missing', () => {
    expect(parse({})).toEqual({});
  });

  it('lets --service win over the service of --input, and keeps the rest', () => {
    expect(parse({ input: '{"service":"worker","reason":"it is late"}', service: 'api' })).toEqual({
      service: 'api',
      reason: 'it is late',
    });
  });

  it('sends what was typed for a runbook as it is, and nothing else: what is allowed is known to the run', () => {
    const options = {
      database: 'main',
      snapshot: 'Before',
      toTime: 'noon',
      mode: 'swap',
      unfinished: 'undo',
      instance: 'main-2',
      manifest: 'newest',
    };
    expect(parse(options)).toEqual(options);
    expect(parse({ database: 'main', snapshot: 'before' })).toEqual({ database: 'main', snapshot: 'before' });
  });

  it('lets each flag win over the same field of --input', () => {
    expect(parse({ input: '{"database":"main","snapshot":"old","mode":"swap"}', snapshot: 'new' })).toEqual({
      database: 'main',
      snapshot: 'new',
      mode: 'swap',
    });
  });

  it('has a flag that commander calls by the name of its field', () => {
    for (const [field, [flags]] of Object.entries(FIELD_FLAGS))
      expect(new Option(flags).attributeName()).toBe(field);
  });

  it('adds the reason', () => {
    expect(parse({ service: 'api', reason: 'the fix is on its way' })).toEqual({
      service: 'api',
      reason: 'the fix is on its way',
    });
  });

  it('stays a dry run although the input says otherwise', () => {
    expect(parse({ input: '{"service":"api","dryRun":false}', dryRun: true })).toEqual({
      service: 'api',
      dryRun: true,
    });
  });

  it('keeps the dry run of the input where the command does not ask for one', () => {
    expect(parse({ input: '{"service":"api","dryRun":true}' })).toEqual({ service: 'api', dryRun: true });
  });

  it('passes unknown fields on: what is allowed is known to the run', () => {
    expect(parse({ input: '{"servce":"api"}' })).toEqual({ servce: 'api' });
  });

  it('reads a file', () => {
    const file = join(temporaryFolder(), 'input.json');
    writeFileSync(file, '{"service":"api"}\n');
    expect(parse({ input: `@${file}` })).toEqual({ service: 'api' });
  });

  it.each(['{', '', 'service=api', "{'service':'api'}"])(
    'refuses %j, which is not JSON, with an example',
    (input) => {
      const { message, exitCode } = refusal(input);
      expect(message).toMatch(/^The input is not JSON: /);
      expect(message).toContain(`--input '{"service":"api"}', or --service api`);
      expect(exitCode).toBe(2);
    },
  );

  it.each([
    ['[]', 'a list'],
    ['null', 'null'],
    ['"api"', 'a string'],
    ['7', 'a number'],
    ['true', 'a boolean'],
  ])('refuses %s, which is not an object', (input, found) => {
    const { message, exitCode } = refusal(input);
    expect(message).toBe(
      `The input must be a JSON object such as {"service":"api"}, not ${found}. Nothing was started.`,
    );
    expect(exitCode).toBe(2);
  });

  it('does not repeat a string, which may be long or secret', () => {
    expect(refusal('"summmer-2026"').message).not.toContain('summmer');
  });

  it('takes an input of exactly the largest size', () => {
    const empty = '{"reason":""}';
    const reason = 'x'.repeat(16_384 - empty.length);
    expect(parse({ input: `{"reason":"${reason}"}` })).toEqual({ reason });
  });

  it('refuses one byte more, and says the sizes', () => {
    const empty = '{"reason":""}';
    const { message, exitCode } = refusal(`{"reason":"${'x'.repeat(16_385 - empty.length)}"}`);
    expect(message).toBe('The input has 16385 bytes; at most 16384 are taken. Nothing was started.');
    expect(exitCode).toBe(2);
  });

  it('counts bytes, not characters', () => {
    expect(refusal(`{"reason":"${'ü'.repeat(8_190)}"}`).message).toContain('at most 16384 are taken');
  });

  it('names the file that is missing', () => {
    const file = join(temporaryFolder(), 'missing.json');
    const { message, exitCode } = refusal(`@${file}`);
    expect(message).toMatch(/^The input file cannot be read: /);
    expect(message).toContain(file);
    expect(exitCode).toBe(2);
  });

  it.each([
    ['not JSON', '{'],
    ['not an object', '[]'],
    ['too large', ' '.repeat(20_000)],
    ['no file', '@/no/such'],
  ])('says that nothing was started when the input is %s', (_, input) => {
    const error = refusal(input);
    expect(error).toBeInstanceOf(CommandError);
    expect(error.message).toMatch(/Nothing was started\.$/);
  });
});
