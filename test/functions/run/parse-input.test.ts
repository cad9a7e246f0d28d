import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../functions/run/parse-input.ts';

const rollback = (input: unknown) => parseInput(input, 'service', 'roll-back-service');
const restore = (input: object) => parseInput({ database: 'main', ...input }, 'database', 'restore-database');
const validate = (input: object) =>
  parseInput({ database: 'main', ...input }, 'database', 'validate-database');

describe('parseInput', () => {
  it('takes a bare service as complete', () => {
    expect(rollback({ service: 'api' })).toEqual({ target: 'api', dryRun: false, request: {} });
    expect(restore({ dryRun: true })).toEqual({
      target: 'main',
      dryRun: true,
      request: {},
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
    expect(() => rollback(input)).toThrow(message);
    expect(() => rollback(input)).toThrow('Nothing was changed.');
  });

  it('names every problem at once', () => {
    expect(() => rollback({ dryRun: 'yes', unknwn: 1 })).toThrow(/service.*dryRun.*unknwn/s);
  });
});

describe('the options of a runbook', () => {
  it('are handed on as they are, identifiers in lower case, times in UTC', () => {
    expect(restore({ snapshot: 'Before-Release', mode: 'swap' }).request).toEqual({
      snapshot: 'before-release',
      mode: 'swap',
    });
    expect(restore({ toTime: '2026-01-02T04:05:06+01:00', unfinished: 'undo' }).request).toEqual({
      toTime: '2026-01-02T03:05:06.000Z',
      unfinished: 'undo',
    });
    expect(validate({ instance: 'Main-2', manifest: 'newest' }).request).toEqual({
      instance: 'main-2',
      manifest: 'newest',
    });
  });

  it.each<[string, string, object, boolean]>([
    ['restore-database', 'database', { snapshot: 'a' }, true],
    ['restore-drill', 'database', { snapshot: 'a' }, true],
    ['recover-migration', 'database', { snapshot: 'a' }, true],
    ['snapshot-database', 'database', { snapshot: 'a' }, false],
    ['validate-database', 'database', { snapshot: 'a' }, false],
    ['roll-back-service', 'service', { snapshot: 'a' }, false],
    ['restore-drill', 'database', { toTime: '2026-01-01T00:00:00Z' }, false],
    ['restore-drill', 'database', { mode: 'swap' }, false],
    ['recover-migration', 'database', { unfinished: 'undo' }, false],
    ['restore-database', 'database', { manifest: 'newest' }, false],
    ['restore-database', 'database', { instance: 'main-2' }, false],
  ])('of %s: a %s with %j', (runbook, kind, options, taken) => {
    const parse = () => parseInput({ [kind]: 'x', ...options }, kind as 'database' | 'service', runbook);
    if (taken) expect(parse().request).toEqual(options);
    else expect(parse).toThrow(`"${Object.keys(options)[0]}" is not a field`);
  });

  it.each([
    'rds:main-2026-11-21-03-00',
    'awsbackup:job-0f2a',
    'arn:aws:rds:eu-central-1:123456789012:snapshot:rds:main-2026-11-21-03-00',
    'arn:aws-cn:rds:cn-north-1:123456789012:snapshot:before',
    'b',
    `a${'1'.repeat(254)}`,
  ])('take the snapshot %s', (snapshot) => {
    expect(restore({ snapshot }).request).toEqual({ snapshot });
  });

  it.each([
    ['snapshot', ''],
    ['snapshot', '1st'],
    ['snapshot', 'a--b'],
    ['snapshot', 'a-'],
    ['snapshot', 'a b'],
    ['snapshot', `a${'1'.repeat(255)}`],
    ['snapshot', 'arn:aws:rds:eu-central-1:123456789012:db:main'],
    ['snapshot', 'arn:aws:rds:eu-central-1:123456789012:snapshot:'],
    ['snapshot', 7],
    ['toTime', 'yesterday'],
    ['toTime', '2026-01-01T00:00:00'],
    ['toTime', '2026-01-01'],
    ['toTime', '2026-02-30T00:00:00Z'],
    ['toTime', '2026-01-01T24:00:00Z'],
    ['mode', 'aside'],
    ['unfinished', 'leave'],
  ])('refuse %s: %j', (field, value) => {
    expect(() => restore({ [field]: value })).toThrow(`"${field}" must be right: `);
  });

  it.each([
    ['instance', `a${'1'.repeat(63)}`],
    ['instance', 'rds:main'],
    ['instance', 'arn:aws:rds:eu-central-1:123456789012:db:main'],
    ['instance', 'db.internal.example.com'],
    ['manifest', 'manifests/main/x.json'],
    ['manifest', '../reports/x'],
  ])('refuse %s: %j, of which a path or a host could come', (field, value) => {
    expect(() => validate({ [field]: value })).toThrow(`"${field}" must be right: `);
  });

  it('say how a time is written', () => {
    expect(() => restore({ toTime: 'noon' })).toThrow('such as "2026-11-21T03:00:00Z"');
  });

  it('refuse a time in the future', () => {
    expect(restore({ toTime: new Date().toISOString() }).request.toTime).toBeDefined();
    const soon = new Date(Date.now() + 60_000).toISOString();
    expect(() => restore({ toTime: soon })).toThrow('a time that is not in the future');
  });

  it('refuse a snapshot together with a time', () => {
    expect(() => restore({ snapshot: 'a', toTime: '2026-01-01T00:00:00Z' })).toThrow('exclude each other');
  });

  it('are refused all at once, with the nearest name and the allowed ones', () => {
    expect(() => restore({ snapshot: '1', toTime: 'x', mode: 'y', unfinshed: 'undo', reason: 'no' })).toThrow(
      /"snapshot" must be.*"toTime" must be.*"mode" must be.*"reason" must be.*did you mean "unfinished".*exclude each other.*Allowed fields: database, snapshot, toTime, mode, unfinished, dryRun, reason, trigger/s,
    );
  });

  it('name one moment, however its zone is written', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (at, minutes) => {
          const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
          const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
          const zone = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
          expect(restore({ toTime: `${local}${zone}` }).request).toEqual({ toTime: at.toISOString() });
        },
      ),
    );
  });
});

describe('the secrets of a rotation', () => {
  const rotate = (input: object) => parseInput({ secret: 'database', ...input }, 'secret', 'rotate-secret');
  const compromised = (input: object) => parseInput(input, 'secrets', 'rotate-compromised', true);
  const reason = 'the keys were in a log';

  it('are one by its name, with what becomes of a rotation that is unfinished', () => {
    expect(rotate({})).toEqual({ target: 'database', dryRun: false, request: {} });
    expect(rotate({ unfinished: 'finish' }).request).toEqual({ unfinished: 'finish' });
    expect(() => rotate({ secrets: ['jwt'] })).toThrow('did you mean "secret"?');
  });

  it.each<[object, object]>([
    [{ secrets: ['database', 'jwt'] }, { secrets: ['database', 'jwt'] }],
    [{ secrets: 'database, jwt' }, { secrets: ['database', 'jwt'] }],
    [{ secrets: 'all' }, { secrets: ['all'] }],
    [{ tag: 'payment' }, { tag: 'payment' }],
  ])('are several by %j', (input, request) => {
    expect(compromised({ ...input, reason })).toEqual({ target: 'all', dryRun: false, reason, request });
  });

  it.each<[object, RegExp]>([
    [{ reason }, /which secrets is not said/],
    [{ secrets: ['a'], tag: 'b', reason }, /exclude each other/],
    [{ secrets: [], reason }, /"secrets" must be right: a list of names/],
    [{ secrets: ' , ', reason }, /"secrets" must be right: a list of names/],
    [{ secrets: [7], reason }, /"secrets" must be right/],
    [{ secrets: ['a'] }, /"reason" is missing.*"reason":"the keys were in a log"/],
    [{ secrets: ['a'], reason, secret: 'a' }, /"secret" is not a field \(did you mean "secrets"\?\)/],
  ])('are refused as %j', (input, why) => {
    expect(() => compromised(input)).toThrow(why);
  });

  it('can be planned without a reason', () => {
    expect(compromised({ secrets: ['a'], dryRun: true }).dryRun).toBe(true);
  });
});
