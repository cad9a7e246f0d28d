import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetInput, valueAt } from '../../../../sandbox/services/events/transform-input.ts';

const event = {
  version: '0',
  id: '7bf73129',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  time: '2026-11-20T21:29:54Z',
  resources: ['arn:one', 'arn:two'],
  detail: {
    'instance-id': 'i-0123456789',
    state: 'RUNNING',
    count: 3,
    tags: { team: 'a' },
    ports: [80, 443],
  },
};
const context = { ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/name', ruleName: 'name' };
const fill = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  targetInput({ InputTransformer: { InputPathsMap, InputTemplate } }, event, context);

describe('a path', () => {
  test.each([
    ['$', event],
    ['$.source', 'aws.ec2'],
    ['$.detail-type', 'EC2 Instance State-change Notification'],
    ['$.detail.instance-id', 'i-0123456789'],
    ['$.resources[1]', 'arn:two'],
    ['$.detail.ports', [80, 443]],
    ['$.detail.tags.team', 'a'],
    ['$.resources[2]', undefined],
    ['$.detail.other.team', undefined],
  ])('%s', (path, value) => {
    expect(valueAt(path, event)).toEqual(value);
  });
});

describe('a target receives', () => {
  test('the event itself when it asks for nothing else', () => {
    expect(JSON.parse(targetInput({}, event, context))).toEqual(event);
  });

  test('its constant as it was written', () => {
    expect(targetInput({ Input: '{ "service":"api" }' }, event, context)).toBe('{ "service":"api" }');
  });

  test('the part of the event at its path', () => {
    expect(targetInput({ InputPath: '$.detail.tags' }, event, context)).toBe('{"team":"a"}');
  });

  test('JSON also where its path finds nothing', () => {
    expect(targetInput({ InputPath: '$.detail.other' }, event, context)).toBe('null');
  });
});

describe('an input template', () => {
  const paths = {
    instance: '$.detail.instance-id',
    state: '$.detail.state',
    count: '$.detail.count',
    tags: '$.detail.tags',
    ports: '$.detail.ports',
    missing: '$.detail.other',
    'detail-state': '$.detail.state',
  };

  test.each([
    ['text', '"<instance> is in state <state>"', '"i-0123456789 is in state RUNNING"'],
    ['lines of text', '"<instance>"\n"<state>"', '"i-0123456789"\n"RUNNING"'],
    ['values without quotes', '{"a":<instance>,"n":<count>}', '{"a":"i-0123456789","n":3}'],
    ['values within quotes', '{"a":"<instance>","n":"<count>"}', '{"a":"i-0123456789","n":"3"}'],
    ['values in a list', '{"state":[9,<state>,true]}', '{"state":[9,"RUNNING",true]}'],
    ['objects and lists', '{"tags":<tags>,"ports":<ports>}', '{"tags":{"team":"a"},"ports":[80,443]}'],
    ['an object within quotes, which loses its own', '"tags <tags>"', '"tags {team:a}"'],
    ['the name of a key', '{"<state>":1}', '{"RUNNING":1}'],
    ['a name with a dash', '{"a":<detail-state>}', '{"a":"RUNNING"}'],
    ['nothing for what is missing within quotes', '{"a":"x<missing>y"}', '{"a":"xy"}'],
    ['nothing for what is missing', '{"a":<missing>}', '{"a":""}'],
    ['no variables', '{ "a": "b" }', '{ "a": "b" }'],
    ['quotes that are escaped', '{"a":"say \\"<state>\\""}', '{"a":"say \\"RUNNING\\""}'],
  ])('can have %s', (_what, template, filled) => {
    expect(fill(template, paths)).toBe(filled);
  });

  test.each([
    ['aws.events.rule-arn', context.ruleArn],
    ['aws.events.rule-name', 'name'],
    ['aws.events.event.ingestion-time', '2026-11-20T21:29:54Z'],
    ['aws.events.event.json', event],
  ])('knows %s', (variable, value) => {
    expect(JSON.parse(fill(`{"value":<${variable}>}`))).toEqual({ value });
  });

  test('knows the event without its detail', () => {
    const { detail: _detail, ...rest } = event;
    expect(JSON.parse(fill('{"event":<aws.events.event>}'))).toEqual({ event: rest });
  });

  test('gives every value back unharmed where it stands without quotes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = targetInput(
          { InputTransformer: { InputPathsMap: { v: '$.detail.v' }, InputTemplate: '{"a":1,"v":<v>}' } },
          { ...event, detail: { v: value } },
          context,
        );
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify({ a: 1, v: value }));
      }),
    );
  });
});
