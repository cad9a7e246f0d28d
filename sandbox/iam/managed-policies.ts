import type { PolicyDocument } from './policy-document.ts';

const allow = (Action: string[], Resource: string | string[] = '*'): PolicyDocument => ({
  Statement: [{ Effect: 'Allow', Action, Resource }],
});

const WRITE_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * AWS-managed policies that CDK constructs attach, as AWS publishes them.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const managedPolicies: Readonly<Record<string, PolicyDocument>> = {
  'service-role/AWSLambdaBasicExecutionRole': allow(WRITE_LOGS),
  'service-role/AWSLambdaVPCAccessExecutionRole': allow([
    ...WRITE_LOGS,
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]),
  'service-role/AmazonECSTaskExecutionRolePolicy': allow([
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ]),
  'service-role/AmazonRDSEnhancedMonitoringRole': allow(WRITE_LOGS),
  AWSXRayDaemonWriteAccess: allow([
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ]),
};

/**
 * An AWS-managed policy by its ARN.
 *
 * @throws Error naming a policy that the sandbox does not know
 */
export function managedPolicy(arn: string): PolicyDocument {
  const name = /^arn:aws:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  const document = name === undefined ? undefined : managedPolicies[name];
  if (!document) throw new Error(`The sandbox does not know the managed policy '${arn}'.`);
  return document;
}
