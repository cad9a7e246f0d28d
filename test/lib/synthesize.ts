import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { vi } from 'vitest';
import { defineConfig } from '../../lib/config/define-config.ts';
import type { NightshiftConfig, NightshiftConfigInput } from '../../lib/config/schema.ts';
import { Nightshift } from '../../lib/nightshift.ts';

vi.mock('../../lib/bundling/bundle-functions.ts', () => import('./no-bundles.ts'));

// biome-ignore lint/suspicious/noExplicitAny: a template is CloudFormation's JSON.
type Any = any;

export interface Synthesized {
  readonly app: App;
  readonly resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Any }>>;
}

export const STACK = 'own';
/** The service that tests configure, as its settings may be written. */
export const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' } as const;

/** Everything that can be configured, so that every permission and trigger is there. */
const secretArn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const inDatabase = { database: 'main', adminSecret: 'master' } as const;

export const everything: NightshiftConfigInput = {
  environments: {
    production: {
      network: {
        vpcId: 'vpc-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-0123456789abcdef0'],
      },
    },
  },
  services: {
    api: {
      ...api,
      loadBalancer: 'app/api/50dc6c495c0c9188',
      targetGroup: 'targetgroup/api/73e2d6bc24d8a067',
      database: 'main',
      secrets: ['login'],
      alarms: ['api-is-slow'],
      health: {
        starts: ['roll-back-service'],
        heartbeats: { loop: { logGroup: '/api', line: 'loop:start', intervalMinutes: 5 } },
      },
    },
    worker: { ...api, service: 'worker' },
  },
  databases: { main: { instance: 'main', host: 'db.example.com', database: 'app', secret: 'login' } },
  secrets: {
    login: {
      secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
      keyArn: 'arn:aws:kms:us-east-1:123456789012:key/1234',
    },
    master: { secret: secretArn('master') },
    turns: {
      secret: secretArn('turns'),
      rotation: { ...inDatabase, kind: 'postgresql-alternating-users', user: 'app' },
      rotateEveryDays: 30,
    },
    single: {
      secret: secretArn('single'),
      rotation: { ...inDatabase, kind: 'postgresql-single-user', user: 'batch' },
    },
    tokens: {
      secret: secretArn('tokens'),
      rotation: { kind: 'signing-key', algorithm: 'ES256', longestTokenMinutes: 15 },
      adoption: { path: '/account' },
    },
    cache: { secret: secretArn('cache'), rotation: { kind: 'redis-auth', cache: 'sessions' } },
    errors: {
      secret: secretArn('errors'),
      rotation: {
        kind: 'external-key',
        probe: { url: 'https://errors.example.com/', headers: { authorization: 'Bearer {value}' } },
      },
    },
    admins: {
      secret: secretArn('admins'),
      rotation: { kind: 'policy-value', schema: {} },
      after: ['tokens'],
    },
  },
  caches: { sessions: { replicationGroup: 'sessions', host: 'sessions.example.com' } },
  schedules: {
    nightly: { runbook: 'roll-back-service', expression: 'rate(1 day)', service: 'api' },
    monthly: { runbook: 'rotate-secret', expression: 'rate(30 days)', secret: 'turns' },
    morning: { runbook: 'validate-database', expression: 'cron(0 6 * * ? *)', database: 'main' },
  },
  changeCalendars: ['holidays'],
  approval: { 'roll-back-service': 'always' },
};

/** Synthesizes Nightshift in a stack of its own. */
export const synthesizeConfig = (config: NightshiftConfigInput | ((stack: Stack) => NightshiftConfigInput)) =>
  synthesize((app) => {
    const stack = new Stack(app, STACK);
    const resolved: NightshiftConfig = defineConfig(typeof config === 'function' ? config(stack) : config);
    new Nightshift(stack, 'Nightshift', resolved);
    return stack;
  });

/** Synthesizes a stack into a folder that is gone afterwards. */
export function synthesize(place: (app: App) => Stack): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'nightshift-synthesis-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      // That takes seconds, and is tested where it matters.
      builtinCloudFormationValidation: false,
      context: { 'aws:cdk:disable-stack-trace': true },
    });
    const { stackName } = place(app);
    return { app, resources: app.synth().getStackByName(stackName).template.Resources };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

export const ofType = ({ resources }: Synthesized, type: string) =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);

/** Every statement of every role: of policies of their own, and of those that are part of a role. */
export const statementsOf = (synthesized: Synthesized): Array<{ role: string; statement: Any }> => [
  ...ofType(synthesized, 'AWS::IAM::Policy').flatMap(([, { Properties }]) =>
    Properties.Roles.flatMap(({ Ref }: Any) =>
      Properties.PolicyDocument.Statement.map((statement: Any) => ({ role: Ref, statement })),
    ),
  ),
  ...ofType(synthesized, 'AWS::IAM::Role').flatMap(([role, { Properties }]) =>
    (Properties.Policies ?? []).flatMap(({ PolicyDocument }: Any) =>
      PolicyDocument.Statement.map((statement: Any) => ({ role, statement })),
    ),
  ),
];

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A value of a template as it could be once deployed; a reference becomes an ARN or a name with its logical id. */
export function written(value: Any): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return PSEUDO[value.Ref] ?? value.Ref;
  if ('Fn::GetAtt' in value) {
    const [id, attribute] = value['Fn::GetAtt'];
    return attribute === 'Arn' ? `arn:aws:any:us-east-1:123456789012:thing/${id}` : `${id}.${attribute}`;
  }
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(written).join(value['Fn::Join'][0]);
  throw new Error(`This is not a text: ${JSON.stringify(value)}`);
}

/** A part of a template as it could be once deployed. */
export function deployed(value: Any): Any {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(deployed);
  if (['Ref', 'Fn::GetAtt', 'Fn::Join'].some((intrinsic) => intrinsic in value)) return written(value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deployed(member)]));
}

export const listed = (value: Any): Any[] => (Array.isArray(value) ? value : [value]);
