import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../../bin/command/parse-env-file.ts';

const read = (text: string) => {
  const { variables, problems } = parseEnvFile(text);
  return {
    variables: Object.fromEntries(variables),
    problems: problems.map(({ verdict, line, variables: names, observed }) =>
      [verdict, line, ...names, observed].join(' '),
    ),
  };
};

describe('parseEnvFile: what it reads', () => {
  it.each<[string, string, Record<string, string>]>([
    ['an equals sign in a value', 'A=b=c==\n', { A: 'b=c==' }],
    ['quotes', `A="a 'b' \`c\`"\nB='a "b"'\nC=\`"'\`\n`, { A: "a 'b' `c`", B: 'a "b"', C: `"'` }],
    ['quotes within a value', `A=a"b"c\n`, { A: 'a"b"c' }],
    ['lines within quotes', 'A="one\n# two\nB=three\n"\nC=4', { A: 'one\n# two\nB=three\n', C: '4' }],
    ['\\n in double quotes alone', 'A="a\\nb"\nB=\'a\\nb\'\nC=a\\nb', { A: 'a\nb', B: 'a\\nb', C: 'a\\nb' }],
    ['${…} as it is', 'A=a\nB="${A}/b"\nC=$A\n', { A: 'a', B: '${A}/b', C: '$A' }],
    ['a byte order mark', '\uFEFFA=1\nB=2', { A: '1', B: '2' }],
    ['CRLF', 'A=1\r\n\r\nB="x\r\ny"\r\nC=3\r', { A: '1', B: 'x\ny', C: '3' }],
    ['CR alone', 'A=1\rB=2\r', { A: '1', B: '2' }],
    ['export', 'export A=1\n  export\tB="2"\nexport=3', { A: '1', B: '2', export: '3' }],
    ['spaces around', '  A  =  1  \nB= "2"  # two\n', { A: '1', B: '2' }],
    [
      'comments',
      '# A=1\n\n  # B=2\nC=3 # three\nD="4 # four"\nE=#\n'.replace('E=#\n', ''),
      { C: '3', D: '4 # four' },
    ],
    ['empty values', 'A=\nB=""\nC= # nothing\n', { A: '', B: '', C: '' }],
    ['names with dots and hyphens', 'spring.url=a\nMY-KEY=b', { 'spring.url': 'a', 'MY-KEY': 'b' }],
    [
      'names that JavaScript uses itself',
      '__proto__=a\nconstructor=b',
      JSON.parse('{"__proto__":"a","constructor":"b"}'),
    ],
    ['nothing', '', {}],
  ])('%s', (_, text, variables) => {
    expect(read(text)).toEqual({ variables, problems: [] });
  });

  it('reads what Node.js reads, where nothing is doubtful', () => {
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/);
    const value = fc.oneof(
      fc.stringMatching(/^[ -!$-&(-_a-~]{0,12}$/),
      fc.stringMatching(/^[ -!#-_a-~\n]{0,12}$/).map((inner) => `"${inner}"`),
      fc.stringMatching(/^[ -&(-_a-~\n]{0,12}$/).map((inner) => `'${inner}'`),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 8 }),
        fc.constantFrom('\n', '\n\n# x\n'),
        (pairs, end) => {
          const text = pairs.map(([each, written]) => `${each}=${written}${end}`).join('');
          const { variables, problems } = parseEnvFile(text);
          fc.pre(problems.every(({ observed }) => observed.startsWith('it is given in line')));
          expect(Object.fromEntries(variables)).toEqual({ ...parseEnv(text) });
        },
      ),
    );
  });
});

describe('parseEnvFile: what it tells, by its line and never by its value', () => {
  const AFTER = 'there is text after the closing quote, which is lost';
  const AGAIN = 'it is given in line';
  it.each<[string, string, Record<string, string>, string[]]>([
    ['a line that is none', 'A=1\nsecret word\nB=2', { A: '1', B: '2' }, ['fail 2 it is no assignment']],
    ['export without a value', 'export A\n', {}, ['fail 1 it is no assignment']],
    ['no name', '=x\n', {}, ['fail 1 it is no assignment']],
    ['YAML', 'A: 1\n', {}, ['fail 1 it is no assignment']],
    [
      'a key of several lines without quotes',
      'KEY=-----BEGIN KEY-----\nabc/+d\nefg/+h\n\nB=2',
      { KEY: '-----BEGIN KEY-----', B: '2' },
      ['fail 2 it is no assignment, and so on to line 3'],
    ],
    [
      'a quote that is never closed, which does not swallow the rest',
      'A="secret\nB=2\n',
      { A: '"secret', B: '2' },
      ['fail 1 A a quote is never closed'],
    ],
    [
      'a quote that is closed by the one that opens the next value',
      'A="secret\nB="2"\n',
      { A: 'secret\nB=' },
      [`fail 1 A ${AFTER}`],
    ],
    [
      'only spaces, after which Node.js reads on',
      'A= \nB=secret\nC= ',
      { A: '', B: 'secret', C: '' },
      [
        'warn 1 A there is only white space, and Node.js may take the line below for its value; here it is empty',
      ],
    ],
    ['a quote that is escaped', 'A="a\\"secret"\n', { A: 'a\\' }, [`fail 1 A ${AFTER}`]],
    [
      'a name given twice',
      'A=1\n\nB=2\nA=1\nA=3',
      { A: '3', B: '2' },
      [`warn 4 A ${AGAIN} 1 already, with the same value`, `warn 5 A ${AGAIN} 1 already, with another value`],
    ],
    [
      'a # that ends a value',
      'A=secret#word\nB=#word\nC="a#b"\nD=a #b',
      { A: 'secret', B: '', C: 'a#b', D: 'a' },
      [
        'warn 1 A Node.js takes a # in it for a comment, and the value ends there',
        'warn 2 B Node.js takes a # in it for a comment, and the value ends there',
      ],
    ],
    [
      'the right line after a value of several',
      'A="x\r\ny"\r\n\r\nnone',
      { A: 'x\ny' },
      ['fail 4 it is no assignment'],
    ],
  ])('%s', (_, text, variables, problems) => {
    expect(read(text)).toEqual({ variables, problems });
    expect(JSON.stringify(parseEnvFile(text).problems)).not.toMatch(/secret|word|BEGIN|abc|efg/);
  });

  it('ends on every text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('A', '=', '"', "'", '`', '\n', '\r', '#', ' ', '\\', '$', '\uFEFF'),
        }),
        (text) => {
          const { problems } = parseEnvFile(text);
          const lines = text.split(/\r\n?|\n/).length;
          for (const { line = 0 } of problems) expect(line >= 1 && line <= lines).toBe(true);
        },
      ),
    );
  });
});
