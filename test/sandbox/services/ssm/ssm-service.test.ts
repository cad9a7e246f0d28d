import * as sdk from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSsmService } from '../../../../sandbox/services/ssm/ssm-service.ts';
import { errorName, startServices } from '../start-services.ts';
import { calendar } from './calendar.ts';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.SSMClient;
beforeAll(async () => {
  services = await startServices([createSsmService]);
  client = new sdk.SSMClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

const put = (Name: string, Value: string, input: Partial<sdk.PutParameterCommandInput> = {}) =>
  client.send(new sdk.PutParameterCommand({ Name, Value, Type: 'String', ...input }));
const get = async (Name: string) =>
  (await client.send(new sdk.GetParameterCommand({ Name }))).Parameter as sdk.Parameter;

describe('a parameter', () => {
  test('has its value, version and ARN', async () => {
    await put('/app/url', 'https://x');
    expect(await get('/app/url')).toMatchObject({
      Name: '/app/url',
      Type: 'String',
      Value: 'https://x',
      Version: 1,
      ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/app/url',
    });
  });

  test.each([['/by/arn'], ['by-arn']])('%s is found by its ARN', async (name) => {
    await put(name, 'x');
    const { ARN } = await get(name);
    expect((await get(ARN as string)).Name).toBe(name);
    const { Parameters, InvalidParameters } = await client.send(
      new sdk.GetParametersCommand({ Names: [ARN as string] }),
    );
    expect([Parameters?.[0]?.Name, InvalidParameters]).toEqual([name, []]);
  });

  test('is not found under another name', async () => {
    await put('plain', 'x');
    expect(await errorName(get('/plain'))).toBe('ParameterNotFound');
  });

  test('is not overwritten unless asked to', async () => {
    await put('/once', '1');
    expect(await errorName(put('/once', '2'))).toBe('ParameterAlreadyExists');
    expect((await put('/once', '2', { Overwrite: true })).Version).toBe(2);
    expect(await get('/once')).toMatchObject({ Value: '2', Version: 2 });
  });

  test('is described without its value, and not where there is none', async () => {
    await put('/described', 'secret');
    const look = async (name: string) => {
      const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values: [name] }];
      return (await client.send(new sdk.DescribeParametersCommand({ ParameterFilters }))).Parameters;
    };
    expect(await look('/described')).toMatchObject([{ Name: '/described', Type: 'String', Version: 1 }]);
    expect(JSON.stringify(await look('/described'))).not.toContain('secret');
    expect(await look('/undescribed')).toEqual([]);
  });

  test('is gone once it is deleted', async () => {
    await put('/short', 'x');
    await client.send(new sdk.DeleteParameterCommand({ Name: '/short' }));
    expect(await errorName(get('/short'))).toBe('ParameterNotFound');
    expect(await errorName(client.send(new sdk.DeleteParameterCommand({ Name: '/short' })))).toBe(
      'ParameterNotFound',
    );
  });

  test.each([
    ['Standard', 4096],
    ['Advanced', 8192],
  ] as const)('of the tier %s takes %i bytes and no more', async (Tier, bytes) => {
    const name = `/large/${Tier}`;
    expect(await errorName(put(name, 'x'.repeat(bytes), { Tier }))).toBe('no error');
    expect(await errorName(put(name, 'x'.repeat(bytes + 1), { Tier, Overwrite: true }))).toBe(
      'ValidationException',
    );
  });

  test('of a template is there', async () => {
    const created = await services.create('AWS::SSM::Parameter', {
      Name: '/made',
      Type: 'StringList',
      Value: 'a,b',
    });
    expect(created).toEqual({ ref: '/made', attributes: { Type: 'StringList', Value: 'a,b' } });
    expect(await get('/made')).toMatchObject({ Type: 'StringList', Value: 'a,b' });
  });
});

describe('parameters', () => {
  beforeAll(async () => {
    for (const name of ['/tree/a', '/tree/b', '/tree/in/c', '/treehouse/d']) await put(name, name);
  });
  const namesOf = (found: sdk.Parameter[] | undefined) => found?.map(({ Name }) => Name);

  test('are read together, those apart that are not there', async () => {
    const { Parameters, InvalidParameters } = await client.send(
      new sdk.GetParametersCommand({ Names: ['/tree/a', '/gone'] }),
    );
    expect([namesOf(Parameters), InvalidParameters]).toEqual([['/tree/a'], ['/gone']]);
  });

  test.each<[string, boolean, string[]]>([
    ['/tree', false, ['/tree/a', '/tree/b']],
    ['/tree/', false, ['/tree/a', '/tree/b']],
    ['/tree', true, ['/tree/a', '/tree/b', '/tree/in/c']],
    ['/none', true, []],
  ])('below %s, recursive %s, are read', async (Path, Recursive, expected) => {
    const { Parameters } = await client.send(new sdk.GetParametersByPathCommand({ Path, Recursive }));
    expect(namesOf(Parameters)).toEqual(expected);
  });

  test('come page after page', async () => {
    const pages: unknown[] = [];
    for await (const { Parameters } of sdk.paginateGetParametersByPath(
      { client, pageSize: 2 },
      { Path: '/tree', Recursive: true },
    ))
      pages.push(namesOf(Parameters));
    expect(pages).toEqual([['/tree/a', '/tree/b'], ['/tree/in/c']]);
  });

  test('are read only where the policy says', async () => {
    const Resource = 'arn:aws:ssm:us-east-1:123456789012:parameter/tree/*';
    const role = new sdk.SSMClient(
      services.clientOf('reader', [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource }]),
    );
    const read = (Name: string) => errorName(role.send(new sdk.GetParameterCommand({ Name })));
    expect(await read('/tree/a')).toBe('no error');
    expect(await read('/treehouse/d')).toBe('AccessDeniedException');
    // Whether it is there is not told either.
    expect(await read('/gone')).toBe('AccessDeniedException');
    role.destroy();
  });
});

describe('a change calendar', () => {
  const create = (Name: string, Content: string, DocumentType: sdk.DocumentType = 'ChangeCalendar') =>
    client.send(new sdk.CreateDocumentCommand({ Name, Content, DocumentType, DocumentFormat: 'TEXT' }));
  const stateAt = async (AtTime: string, ...CalendarNames: string[]) =>
    (await client.send(new sdk.GetCalendarStateCommand({ CalendarNames, AtTime }))).State;
  beforeAll(async () => {
    await create('freeze', calendar('DEFAULT_OPEN', ['DTSTART:20261220T000000Z', 'DTEND:20261227T000000Z']));
    await create('open', calendar('DEFAULT_OPEN'));
  });

  test.each([
    ['2026-12-22T00:00:00Z', 'CLOSED'],
    ['2026-12-28T00:00:00Z', 'OPEN'],
  ])('has at %s the state %s', async (at, state) => {
    expect(await stateAt(at, 'freeze')).toBe(state);
  });

  test('is found by its ARN', async () => {
    const arn = 'arn:aws:ssm:us-east-1:123456789012:document/freeze';
    expect(await stateAt('2026-12-22T00:00:00Z', arn)).toBe('CLOSED');
  });

  test('closes those that are open beside it', async () => {
    expect(await stateAt('2026-12-22T00:00:00Z', 'open', 'freeze')).toBe('CLOSED');
    expect(await stateAt('2026-12-28T00:00:00Z', 'open', 'freeze')).toBe('OPEN');
  });

  test('has the state of now unless asked for another time', async () => {
    const { AtTime } = await client.send(new sdk.GetCalendarStateCommand({ CalendarNames: ['open'] }));
    expect(Math.abs(Date.parse(AtTime ?? '') - services.machine.clock.now())).toBeLessThan(10_000);
  });

  test('that is not there is an error', async () => {
    expect(await errorName(stateAt('2026-12-22T00:00:00Z', 'gone'))).toBe('InvalidDocument');
  });

  test('of a name that is taken is not made', async () => {
    expect(await errorName(create('open', calendar('DEFAULT_CLOSED')))).toBe('DocumentAlreadyExists');
    expect(await stateAt('2026-12-22T00:00:00Z', 'open')).toBe('OPEN');
  });
});
