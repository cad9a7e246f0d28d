import { Duration } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Environment } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { acknowledgeWildcards } from '../security/acknowledge.ts';

/** One permission of a step: exactly these actions on exactly these resources. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a resource must be `*` or end in one, for whoever reviews it. */
  readonly wildcardReason?: string;
}

export interface StepFunctionProps {
  /** Folder with the function's `index.cjs`. */
  readonly bundle: string;
  readonly description: string;
  /** Shared by all functions: what a run did is then found in one place, by its id. */
  readonly logs: LogGroup;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes?: number;
  readonly environment: Partial<Record<keyof typeof Environment, string>>;
  readonly grants: readonly Grant[];
  /** Placed in the VPC: it connects to a database. */
  readonly needsDatabase?: boolean;
  readonly network?: NonNullable<NightshiftConfig['environments'][string]['network']> | undefined;
}

/** Enough for one SDK client and some JSON; more memory also buys processor time at cold starts. */
const DEFAULT_MEMORY_MEGABYTES = 256;
const TRACING_REASON = 'X-Ray has no resource-level permissions for sending traces.';
const NETWORK_REASON =
  'EC2 has no resource-level permissions for describing and making the network interfaces of a function in a VPC.';

/** The Lambda function of one step, with a role of its own that may do exactly what the step does. */
export class StepFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly timeoutSeconds: number;
  /** Part of the role itself: a policy of its own for each of them would take a fifth of the 500 resources that a stack may have. */
  readonly #policy = new PolicyDocument();

  constructor(scope: Construct, id: string, props: StepFunctionProps) {
    super(scope, id);
    this.timeoutSeconds = props.timeoutSeconds;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
      inlinePolicies: { Step: this.#policy },
    });
    const placed = props.network !== undefined && (props.needsDatabase || props.network.place === 'all');
    const grants: Grant[] = [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [props.logs.logGroupArn],
        wildcardReason: 'The streams of the log group of these functions alone.',
      },
      {
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
        wildcardReason: TRACING_REASON,
      },
      ...props.grants,
      ...(placed
        ? [
            {
              actions: [
                'ec2:CreateNetworkInterface',
                'ec2:DescribeNetworkInterfaces',
                'ec2:DescribeSubnets',
                'ec2:DeleteNetworkInterface',
                'ec2:AssignPrivateIpAddresses',
                'ec2:UnassignPrivateIpAddresses',
              ],
              resources: ['*'],
              wildcardReason: NETWORK_REASON,
            },
          ]
        : []),
    ];
    for (const { actions, resources, conditions = {} } of grants) {
      if (resources.length > 0)
        this.allow(
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: [...actions],
            resources: [...resources],
            conditions,
          }),
        );
    }
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.bundle),
      role,
      logGroup: props.logs,
      loggingFormat: LoggingFormat.JSON,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMegabytes ?? DEFAULT_MEMORY_MEGABYTES,
      environment: Object.fromEntries(
        Object.entries(props.environment).map(([name, value]) => [
          Environment[name as keyof typeof Environment],
          value,
        ]),
      ),
    });
    const resource = this.lambda.node.defaultChild as CfnFunction;
    // The construct's own way would give the role a second policy.
    resource.tracingConfig = { mode: 'Active' };
    if (placed) {
      // By ids alone: synthesis looks nothing up, and imported networks would only add warnings.
      const { subnetIds, securityGroupIds } = props.network as NonNullable<StepFunctionProps['network']>;
      resource.vpcConfig = { subnetIds, securityGroupIds };
    }
    acknowledgeWildcards(
      role,
      new Map([
        ...grants.flatMap(({ resources, wildcardReason }) =>
          wildcardReason === undefined
            ? []
            : resources.map((resource) => [resource, wildcardReason] as const),
        ),
        [
          '*',
          grants
            .filter(({ resources }) => resources.includes('*'))
            .map(({ wildcardReason }) => wildcardReason ?? '')
            .join(' '),
        ],
      ]),
    );
  }
  /** One more permission, known only once everything has its name. */
  allow(statement: PolicyStatement): void {
    this.#policy.addStatements(statement);
  }
}
