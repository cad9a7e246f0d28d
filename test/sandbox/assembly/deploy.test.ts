import { beforeEach, describe, expect, test } from 'vitest';
import { deploy } from '../../../sandbox/assembly/deploy.ts';
import type { Machine, Resource, ResourceProvider } from '../../../sandbox/contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Json = any;

const machine = {
  account: '123456789012',
  region: 'us-east-1',
  arn: (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`,
  engines: {
    readParameter: async (name: string) => `${name} in SSM`,
    readSecret: async (from: string) => `${from} in Secrets Manager`,
  },
} as unknown as Machine;

let created: Resource[] = [];
beforeEach(() => {
  created = [];
});
const provider: ResourceProvider = {
  type: 'Test::Thing',
  create(resource) {
    if (resource.properties.Broken) throw new Error(`cannot make it ${resource.properties.Broken}`);
    created.push(resource);
    return { ref: `ref of ${resource.logicalId}`, attributes: { Arn: `arn of ${resource.logicalId}` } };
  },
};
const thing = (Properties: Json = {}, more: Json = {}) => ({ Type: 'Test::Thing', Properties, ...more });
const run = (templates: Record<string, Json>, given: Record<string, string> = {}) =>
  deploy(
    Object.entries(templates).map(([name, template]) => ({ name, template, assets: new Map() })),
    new Map([[provider.type, provider]]),
    machine,
    given,
  );
const ids = () => created.map(({ logicalId }) => logicalId);

describe('a deployment', () => {
  test('gives each resource its resolved properties, after what it refers to', async () => {
    await run({
      api: {
        Resources: {
          A: thing({ to: { Ref: 'B' }, arn: { 'Fn::GetAtt': ['B', 'Arn'] } }),
          B: thing({ secret: '{{resolve:secretsmanager:db}}' }),
        },
      },
    });
    expect(created.map(({ logicalId, properties }) => [logicalId, properties])).toEqual([
      ['B', { secret: 'db::: in Secrets Manager' }],
      ['A', { to: 'ref of B', arn: 'arn of B' }],
    ]);
  });

  test('answers outputs and resources by stack', async () => {
    const template = { Resources: { A: thing() }, Outputs: { Url: { Value: { 'Fn::Sub': 'x/${A}' } } } };
    expect(await run({ api: template })).toEqual({
      outputs: { api: { Url: 'x/ref of A' } },
      resources: { api: { A: 'ref of A' } },
    });
  });

  test('knows the pseudo parameters', async () => {
    const names = ['AccountId', 'Region', 'Partition', 'URLSuffix', 'StackName'];
    const Outputs = Object.fromEntries(names.map((name) => [name, { Value: { Ref: `AWS::${name}` } }]));
    expect((await run({ api: { Outputs } })).outputs.api).toEqual({
      AccountId: '123456789012',
      Region: 'us-east-1',
      Partition: 'aws',
      URLSuffix: 'amazonaws.com',
      StackName: 'api',
    });
  });

  test('leaves out what its condition does not want', async () => {
    const Conditions = {
      IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
      IsTest: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    };
    const { outputs } = await run(
      {
        api: {
          Parameters: { Stage: { Type: 'String', Default: 'test' } },
          Conditions,
          Resources: { A: thing({}, { Condition: 'IsProd' }), B: thing({}, { Condition: 'IsTest' }) },
          Outputs: {
            A: { Value: { Ref: 'A' }, Condition: 'IsProd' },
            B: { Value: { Ref: 'B' }, Condition: 'IsTest' },
          },
        },
      },
      { Stage: 'prod' },
    );
    expect(ids()).toEqual(['A']);
    expect(outputs.api).toEqual({ A: 'ref of A' });
  });

  test('imports what a stack before it exports', async () => {
    const network = {
      Resources: { Vpc: thing() },
      Outputs: { Vpc: { Value: { Ref: 'Vpc' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-vpc' } } } },
    };
    const api = { Resources: { A: thing({ vpc: { 'Fn::ImportValue': 'network-vpc' } }) } };
    await run({ network, api });
    expect(created.at(-1)?.properties).toEqual({ vpc: 'ref of Vpc' });
  });

  test('names resources alike each time, and each differently', async () => {
    await run({ api: { Resources: { A: thing(), B: thing() } }, other: { Resources: { A: thing() } } });
    const namesOf = () => created.map((resource) => resource.physicalName(20));
    const first = namesOf();
    expect(new Set(first).size).toBe(3);
    for (const name of first) expect(name.length).toBeLessThanOrEqual(20);
    created = [];
    await run({ api: { Resources: { A: thing(), B: thing() } }, other: { Resources: { A: thing() } } });
    expect(namesOf()).toEqual(first);
  });

  test('with an unknown resource type names it, and creates nothing', async () => {
    const deployed = run({
      api: { Resources: { A: thing() } },
      other: { Resources: { Graph: { Type: 'AWS::AppSync::GraphQLApi' } } },
    });
    await expect(deployed).rejects.toThrow('AWS::AppSync::GraphQLApi: other/Graph');
    expect(ids()).toEqual([]);
  });

  test.each<[string, Json, string]>([
    ['to nothing', { Ref: 'Gone' }, "'Gone' is not a resource"],
    ['to an attribute that the resource lacks', { 'Fn::GetAtt': ['B', 'Url'] }, "'B' has no attribute 'Url'"],
    ['to an export that no stack has', { 'Fn::ImportValue': 'vpc' }, "No stack before api exports 'vpc'"],
    ['to a condition that is not there', { 'Fn::If': ['Odd', 1, 2] }, "api has no condition 'Odd'"],
  ])('with a reference %s is an error that names the resource', async (_what, value, words) => {
    const deployed = run({ api: { Resources: { A: thing({ value }, { DependsOn: 'B' }), B: thing() } } });
    await expect(deployed).rejects.toThrow(/^api\/A \(Test::Thing\) could not be created: /);
    await expect(deployed).rejects.toThrow(words);
  });

  test('says which resource could not be created, and why', async () => {
    await expect(run({ api: { Resources: { A: thing({ Broken: 'today' }) } } })).rejects.toThrow(
      'api/A (Test::Thing) could not be created: cannot make it today',
    );
  });

  test('refuses a value for a parameter that no stack has', async () => {
    await expect(run({ api: { Resources: {} } }, { Stage: 'x' })).rejects.toThrow('the parameter Stage');
  });
});
