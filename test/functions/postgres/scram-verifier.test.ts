import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { saslPrep, scramVerifier } from '../../../functions/postgres/scram-verifier.ts';
import { aServer } from './manifest/database.ts';

/** Salt and keys of a stored verifier. */
const parts = (verifier: string) => {
  const [, iterations, salt, storedKey, serverKey] =
    /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
  return { iterations: Number(iterations), salt: Buffer.from(salt ?? '', 'base64'), storedKey, serverKey };
};

describe('scramVerifier', () => {
  // RFC 7677, section 3, has the exchange of user "user" with password "pencil"; these are the keys that its proofs need.
  it('makes the keys of RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', { salt, iterations: 4096 })).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('has another salt each time, and never the password', () => {
    expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
    expect(scramVerifier('pencil')).not.toContain('pencil');
  });
});

describe('a password', () => {
  const newDatabase = aServer();

  it('is stored by PostgreSQL as we store it, whatever is in it', { timeout: 60_000 }, async () => {
    const { run } = await newDatabase();
    await run(`CREATE ROLE stored LOGIN`);
    const stored = async (password: string) => {
      await run(`ALTER ROLE stored PASSWORD ${pg.escapeLiteral(password)}`);
      const rows = await run(`SELECT rolpassword FROM pg_authid WHERE rolname = 'stored'`);
      return parts(rows[0]?.rolpassword as string);
    };
    const same = async (password: string) => {
      const theirs = await stored(password);
      const { storedKey, serverKey } = parts(scramVerifier(password, theirs));
      expect({ password, storedKey, serverKey }).toEqual({
        password,
        storedKey: theirs.storedKey,
        serverKey: theirs.serverKey,
      });
    };
    for (const password of [
      ` !"#$%&'()*+,-./0:;<=>?@A[\\]^_\`a{|}~`,
      'IX',
      'I\u00ADX',
      'ª',
      'Ⅸ',
      'a\u00A0b',
      'a\u200Bb',
      'a\u3000b',
      'e\u0301',
      'Ａ\u0007',
      'Ａ\u{E0001}',
      'Ａ\uFFFD',
      'Ａ\uE000',
      'Ａא',
      'אב',
      'א1',
      'א1ב',
      '\u0627\u0031',
      '\u0627\u0031\u0628',
      '\u00AD',
      'Ａ\u0340',
      'ﷺ',
      'Grüße, 世界',
      '😀',
    ])
      await same(password);
    const character = fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0xa1, max: 0x17f }),
      fc.integer({ min: 0x391, max: 0x3a1 }),
      fc.integer({ min: 0x2160, max: 0x2183 }),
      fc.integer({ min: 0xff01, max: 0xff5e }),
      fc.integer({ min: 0xac00, max: 0xd7a3 }),
      fc.constantFrom(0xad, 0xa0, 0x2003, 0x200d, 0xfb01, 0x5d0, 0x5d1, 0x627),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(character, { minLength: 1, maxLength: 12 }), async (codes) =>
        same(String.fromCodePoint(...codes)),
      ),
      { numRuns: 150 },
    );
  });

  it('is left as it is when it is ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (password) => saslPrep(password) === password),
    );
  });
});
