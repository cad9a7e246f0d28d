import type { Machine, Service } from './contract.ts';
import { createApplicationAutoScalingService } from './services/application-auto-scaling/application-auto-scaling-service.ts';
import { createCloudWatchService } from './services/cloudwatch/cloudwatch-service.ts';
import { createDynamoDbService } from './services/dynamodb/dynamodb-service.ts';
import { createEc2Service } from './services/ec2/ec2-service.ts';
import { createEcrService } from './services/ecr/ecr-service.ts';
import { createEcsService } from './services/ecs/ecs-service.ts';
import { createElasticLoadBalancingService } from './services/elastic-load-balancing/elastic-load-balancing-service.ts';
import { createElastiCacheService } from './services/elasticache/elasticache-service.ts';
import { createEventsService } from './services/events/events-service.ts';
import { createKmsService } from './services/kms/kms-service.ts';
import { createLambdaService } from './services/lambda/lambda-service.ts';
import { createLogsService } from './services/logs/logs-service.ts';
import { createRdsService } from './services/rds/rds-service.ts';
import { createS3Service } from './services/s3/s3-service.ts';
import { createSchedulerService } from './services/scheduler/scheduler-service.ts';
import { createSecretsManagerService } from './services/secrets-manager/secrets-manager-service.ts';
import { createSnsService } from './services/sns/sns-service.ts';
import { createSqsService } from './services/sqs/sqs-service.ts';
import { createSsmService } from './services/ssm/ssm-service.ts';
import { createStatesService } from './services/states/states-service.ts';
import { createStsService } from './services/sts/sts-service.ts';

/** Every service of the sandbox, in the order in which they start; they close in reverse. */
export const serviceFactories: ReadonlyArray<(machine: Machine) => Service | Promise<Service>> = [
  createKmsService,
  createLogsService,
  createCloudWatchService,
  createStsService,
  createSsmService,
  createS3Service,
  createSqsService,
  createSnsService,
  createDynamoDbService,
  createEc2Service,
  createEcrService,
  createEventsService,
  createSchedulerService,
  createElasticLoadBalancingService,
  createApplicationAutoScalingService,
  createRdsService,
  createElastiCacheService,
  createLambdaService,
  createStatesService,
  createEcsService,
  // The last, since the rotations that templates ask for need the others.
  createSecretsManagerService,
];
