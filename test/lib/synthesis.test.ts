import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, ArnFormat, CfnResource, type Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, FargateService, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { describe, expect, it, vi } from 'vitest';
import type { NightshiftConfigInput } from '../../lib/config/schema.ts';
import { DemoStack } from '../../rehearsal/demo-stack.ts';
import { INLINE_POLICY_QUOTA, policySize } from '../../sandbox/iam/policy-quota.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  api,
  deployed,
  everything,
  listed,
  ofType,
  STACK,
  type Synthesized,
  statementsOf,
  synthesize,
  synthesizeConfig,
  written,
} from './synthesize.ts';

// Said here too: what is imported before a helper that says it has loaded the bundling already.
vi.mock('../../lib/bundling/bundle-functions.ts', () => import('./no-bundles.ts'));

type Service = NightshiftConfigInput['services'][string];

const { baseUrl } = api;
const serviceArn = (stack: Stack) =>
  stack.formatArn({
    service: 'ecs',
    resource: 'service',
    resourceName: 'main/api',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
/** A cluster that exists already. */
function existingCluster(stack: Stack): ICluster {
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'] });
  const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
  return Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'main', vpc, securityGroups });
}

const target = (synthesized: Synthesized) => {
  const entry = ofType(synthesized, 'AWS::SSM::Parameter').find(
    ([, { Properties }]) => Properties.Name === '/nightshift/nightshift/targets/service/api',
  );
  return JSON.parse(written(entry?.[1].Properties.Value));
};
const updatable = (synthesized: Synthesized) =>
  statementsOf(synthesized)
    .map(({ statement }) => statement)
    .filter(({ Action }) => Action === 'ecs:UpdateService')
    .map(({ Resource }) => written(Resource));

describe('synthesis', () => {
  it('needs nothing of its environment', { timeout: 180_000 }, () => {
    const out = temporaryFolder();
    const app = fileURLToPath(new URL('../../bin/app.ts', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [app], {
      env: { HOME: temporaryFolder(), CDK_OUTDIR: out },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(out)).toContain('nightshift-production.template.json');
  });

  it.each<[string, object[], (stack: Stack) => void]>([
    ['nothing in the demonstration, whose own synthesis leaves it out', [], () => {}],
    [
      'what is wrong',
      [{ violations: [expect.objectContaining({ severity: 'warning' })] }],
      (stack) => new CfnResource(stack, 'Wrong', { type: 'AWS::SQS::Queue', properties: { Nonsense: 1 } }),
    ],
  ])("CloudFormation's schemas find %s", (_, reports, add) => {
    const outdir = temporaryFolder();
    const app = new App({ outdir, analyticsReporting: false });
    add(new DemoStack(app, STACK));
    // It says there too what it writes into its report.
    const said = vi.spyOn(console, 'error').mockReturnValue();
    app.synth();
    said.mockRestore();
    const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    expect(pluginReports).toMatchObject(reports);
  });

  const byName = synthesizeConfig({ services: { api } });

  it('knows a service by name', () => {
    expect(target(byName)).toMatchObject({ cluster: 'main', service: 'api' });
    expect(updatable(byName)).toEqual(['arn:aws:ecs:us-east-1:123456789012:service/main/api']);
  });

  it.each<[string, (stack: Stack) => Service]>([
    ['by ARN', () => ({ baseUrl, service: 'arn:aws:ecs:us-east-1:123456789012:service/main/api' })],
    ['by an ARN that was put together', (stack) => ({ baseUrl, service: serviceArn(stack) })],
    [
      'by an ARN of the old format and its cluster',
      () => ({ baseUrl, cluster: 'main', service: 'arn:aws:ecs:us-east-1:123456789012:service/api' }),
    ],
    [
      'by name in a cluster by ARN',
      () => ({ baseUrl, cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/main', service: 'api' }),
    ],
    [
      'by name in a cluster that is a CDK object',
      (stack) => ({ baseUrl, cluster: existingCluster(stack), service: 'api' }),
    ],
    [
      'as a CDK object that exists already',
      (stack) => ({
        baseUrl,
        service: FargateService.fromFargateServiceAttributes(stack, 'Service', {
          cluster: existingCluster(stack),
          serviceName: 'api',
        }),
      }),
    ],
  ])('knows a service %s as well as by name', (_, service) => {
    const other = synthesizeConfig((stack) => ({ services: { api: service(stack) } }));
    expect(other.resources).toEqual(byName.resources);
  });

  it('knows a service as a CDK object of the same stack', () => {
    const demo = synthesize((app) => new DemoStack(app, STACK));
    const [[cluster]] = ofType(demo, 'AWS::ECS::Cluster') as [[string, unknown]];
    const [[service]] = ofType(demo, 'AWS::ECS::Service') as [[string, unknown]];
    expect(target(demo)).toMatchObject({ cluster, service: `${service}.Name` });
    expect([...new Set(updatable(demo))]).toEqual([
      `arn:aws:ecs:us-east-1:123456789012:service/${cluster}/${service}.Name`,
    ]);
  });
});

describe('a stack with many services', () => {
  const balanced = {
    ...api,
    cluster: 'production-cluster-of-the-shop',
    loadBalancer: 'app/api/50dc6c495c0c9188',
    targetGroup: 'targetgroup/api/73e2d6bc24d8a067',
  } as const;
  const services = Object.fromEntries(
    Array.from({ length: 35 }, (_, number) => [
      `service-with-a-name-${number}`,
      { ...balanced, service: `service-with-a-name-${number}`, secrets: ['login'] },
    ]),
  );
  const synthesized = synthesizeConfig({
    services,
    secrets: { login: { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf' } },
  });

  it('stays below the 500 resources that CloudFormation allows', () => {
    expect(Object.keys(synthesized.resources).length).toBeLessThan(500);
  });

  it('gives no role more policies than IAM takes', () => {
    const sizes = new Map<string, number>();
    const count = (role: string, document: unknown) =>
      sizes.set(role, (sizes.get(role) ?? 0) + policySize(deployed(document)));
    for (const [role, { Properties }] of ofType(synthesized, 'AWS::IAM::Role'))
      for (const { PolicyDocument } of Properties.Policies ?? []) count(role, PolicyDocument);
    for (const [, { Properties }] of ofType(synthesized, 'AWS::IAM::Policy'))
      for (const { Ref } of Properties.Roles) count(Ref, Properties.PolicyDocument);
    expect([...sizes].filter(([, size]) => size > INLINE_POLICY_QUOTA)).toEqual([]);
  });

  it('lets functions change the declared services alone, by name', () => {
    const changing = statementsOf(synthesized).filter(({ statement }) =>
      listed(statement.Action).some((action: string) => /^ecs:(Update|Stop)/.test(action)),
    );
    const resources = changing.flatMap(({ statement }) => listed(statement.Resource).map(written));
    expect(resources.length).toBeGreaterThan(35);
    for (const resource of resources) expect(resource).toMatch(/service-with-a-name-\d+(\/\*)?$/);
  });
});

describe('a stack with everything', () => {
  it('leaves room for a dozen more services below the 500 resources that CloudFormation allows', () => {
    const services = Object.fromEntries(
      Array.from({ length: 12 }, (_, number) => [
        `service-${number}`,
        { ...api, service: `service-${number}` },
      ]),
    );
    const { resources } = synthesizeConfig({
      ...everything,
      services: { ...everything.services, ...services },
    });
    expect(Object.keys(resources).length).toBeLessThan(500);
  });
});
