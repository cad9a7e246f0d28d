import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../functions/run/parse-input.ts';

describe('parseInput', () => {
  it('takes a bare service as complete', () => {
    expect(parseInput({ service: 'api' }, 'service')).toEqual({ target: 'api', dryRun: false });
    expect(parseInput({ database: 'main', dryRun: true }, 'database')).toEqual({
      target: 'main',
      dryRun: true,
    });
  });

  it.each([
    [null, 'not null'],
    ['api', 'not a string'],
    [[{ service: 'api' }], 'not a list'],
    [{}, '"service" is missing'],
    [{ servce: 'api' }, '"servce" is not a field (did you mean "service"?)'],
    [{ service: 'api', dryrun: true }, 'did you mean "dryRun"?'],
    [{ database: 'main' }, '"database" is not a field'],
    [{ service: 7 }, '"service" must be right'],
    [{ service: 'api', reason: 'x'.repeat(20_000) }, 'at most 16384 are taken'],
  ])('refuses %j and says why', (input, message) => {
    expect(() => parseInput(input, 'service')).toThrow(message);
    expect(() => parseInput(input, 'service')).toThrow('Nothing was changed.');
  });

  it('names every problem at once', () => {
    expect(() => parseInput({ dryRun: 'yes', unknwn: 1 }, 'service')).toThrow(/service.*dryRun.*unknwn/s);
  });
});
