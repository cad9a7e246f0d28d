import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PreconditionFailed } from '../../../../functions/errors.ts';
import { hiddenValues, withoutValues } from '../../../../functions/secrets/keeper/hide-values.ts';

describe('values that were read', () => {
  it('are taken out of every text, as they are, in JSON and in a URL', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 6 }).filter((text) => !'before *** after'.includes(text)),
        (password) => {
          const hidden = hiddenValues();
          hidden.learn(JSON.stringify({ username: 'app', nested: { list: [password] } }));
          for (const form of [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)])
            expect(hidden.hide(`before ${form} after`).includes(form)).toBe(false);
        },
      ),
    );
  });

  it('are whole texts where they are no JSON', () => {
    const hidden = hiddenValues();
    hidden.learn('hunter2hunter2');
    expect(hidden.hide('it was hunter2hunter2.')).toBe('it was ***.');
  });

  it('leave alone what says where or for whom they are', () => {
    const hidden = hiddenValues();
    hidden.learn(
      JSON.stringify({ username: 'app_writer', host: 'db.example.com', password: 'longer than that' }),
    );
    expect(hidden.hide('app_writer on db.example.com')).toBe('app_writer on db.example.com');
  });

  it('are taken out of an error with all that it carries', () => {
    const hidden = hiddenValues();
    hidden.learn('hunter2hunter2');
    const error = withoutValues(
      new PreconditionFailed('no hunter2hunter2', { why: ['hunter2hunter2'], count: 1 }),
      hidden,
    );
    expect(error).toMatchObject({ name: 'PreconditionFailed', facts: { why: ['***'], count: 1 } });
    expect(`${error.message} ${error.stack}`).not.toContain('hunter2');
    expect(withoutValues('thrown hunter2hunter2', hidden).message).toBe('thrown ***');
  });
});
