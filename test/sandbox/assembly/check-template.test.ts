import { describe, expect, test } from 'vitest';
import { checkTemplates } from '../../../sandbox/assembly/check-template.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Json = any;

const known = new Set(['AWS::SNS::Topic']);
const check = (template: Json, name = 'api') =>
  checkTemplates([{ name, template, assets: new Map() }], known);
const Topic = { Type: 'AWS::SNS::Topic' };

describe('a template', () => {
  test('of what the sandbox knows is taken', () => {
    const Resources = {
      Topic: { ...Topic, Properties: {}, DependsOn: [], Condition: 'Yes', DeletionPolicy: 'Retain' },
      CDKMetadata: { Type: 'AWS::CDK::Metadata' },
    };
    expect(() => check({ Resources, Outputs: {}, Parameters: {}, Rules: {} })).not.toThrow();
  });

  test.each<[string, Json, string]>([
    [
      'a resource type',
      { Resources: { Topic, Graph: { Type: 'AWS::AppSync::GraphQLApi' } } },
      'AWS::AppSync::GraphQLApi: api/Graph',
    ],
    ['a section', { Transform: 'AWS::Serverless-2016-10-31' }, 'api: the template section Transform'],
    [
      'an attribute',
      { Resources: { Topic: { ...Topic, CreationPolicy: {} } } },
      'api/Topic: the attribute CreationPolicy',
    ],
  ])('with %s that the sandbox does not know is an error that names it', (_what, template, words) => {
    expect(() => check(template)).toThrow(words);
  });

  test('has everything that is unknown in one error', () => {
    const Type = 'AWS::Batch::JobQueue';
    const templates = ['one', 'two'].map((name) => ({
      name,
      template: { Resources: { Queue: { Type }, Other: { Type: 'AWS::X::Y' } } },
      assets: new Map(),
    }));
    expect(() => checkTemplates(templates, known)).toThrow(
      `  ${Type}: one/Queue, two/Queue\n  AWS::X::Y: one/Other, two/Other`,
    );
  });
});
