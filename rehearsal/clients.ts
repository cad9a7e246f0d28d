import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** The AWS clients of a scenario: it acts as the team and its clients would, through the API alone. */
export function createClients() {
  return {
    ecs: new ECSClient({}),
    cloudwatch: new CloudWatchClient({}),
    states: new SFNClient({}),
    sqs: new SQSClient({}),
    ssm: new SSMClient({}),
    ecr: new ECRClient({}),
    lambda: new LambdaClient({}),
    rds: new RDSClient({}),
    secrets: new SecretsManagerClient({}),
  };
}
export type Clients = ReturnType<typeof createClients>;
