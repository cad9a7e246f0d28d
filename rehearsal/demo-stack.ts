import { Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import {
  InstanceClass,
  InstanceSize,
  InstanceType,
  Peer,
  Port,
  SecurityGroup,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  Cluster,
  ContainerImage,
  Secret as EcsSecret,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { defineConfig } from '../lib/config/define-config.ts';
import { Nightshift } from '../lib/nightshift.ts';
import { SUPPORTED_MIGRATIONS_TAG } from '../schemas/names.ts';
import { MIGRATION_HEAD } from './demo-api/migrations.ts';
import { DEMO } from './demo-names.ts';
import { REPOSITORY } from './images.ts';

/** The stack of a team with one API on ECS, its load balancer and its database, and Nightshift beside them. */
export class DemoStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0fedcba9876543210'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0fedcba9876543210'],
    });
    const inside = new SecurityGroup(this, 'Inside', {
      vpc,
      description: 'The API and its database',
      allowAllOutbound: true,
    });
    inside.addIngressRule(Peer.ipv4('10.0.0.0/8'), Port.tcp(5432), 'PostgreSQL from within');
    const database = new DatabaseInstance(this, 'Database', {
      instanceIdentifier: 'demo',
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 }),
      instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
      credentials: Credentials.fromGeneratedSecret('demo'),
      databaseName: 'demo',
      vpc,
      vpcSubnets: { subnets: vpc.privateSubnets },
      securityGroups: [inside],
      storageEncrypted: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const secret = database.secret;
    if (secret === undefined) throw new Error('The database has no secret.');

    const cluster = new Cluster(this, 'Cluster', { clusterName: DEMO.cluster, vpc });
    const taskDefinition = new FargateTaskDefinition(this, 'Task', {
      family: DEMO.family,
      cpu: 256,
      memoryLimitMiB: 512,
    });
    const logs = new LogGroup(this, 'ApiLogs', {
      logGroupName: '/demo/api',
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    taskDefinition.addContainer(DEMO.container, {
      image: ContainerImage.fromEcrRepository(
        Repository.fromRepositoryName(this, 'Images', REPOSITORY),
        DEMO.firstTag,
      ),
      portMappings: [{ containerPort: 8080 }],
      environment: {
        DATABASE_HOST: database.dbInstanceEndpointAddress,
        DATABASE_PORT: database.dbInstanceEndpointPort,
        DATABASE_NAME: 'demo',
        PRICE_LIST: 'standard',
      },
      secrets: {
        DATABASE_USER: EcsSecret.fromSecretsManager(secret, 'username'),
        DATABASE_PASSWORD: EcsSecret.fromSecretsManager(secret, 'password'),
      },
      logging: LogDrivers.awsLogs({ streamPrefix: 'api', logGroup: logs }),
    });
    Tags.of(taskDefinition).add(SUPPORTED_MIGRATIONS_TAG, MIGRATION_HEAD);

    const balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      vpcSubnets: { subnets: vpc.privateSubnets },
      internetFacing: false,
    });
    const targets = new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port: 8080,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      deregistrationDelay: Duration.seconds(10),
      healthCheck: {
        path: '/health/ready',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
    balancer.addListener('Http', {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultTargetGroups: [targets],
    });
    const service = new FargateService(this, 'Service', {
      // The CDK's own types do not hold under exactOptionalPropertyTypes.
      cluster: cluster as ICluster,
      serviceName: DEMO.service,
      taskDefinition,
      desiredCount: 2,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      securityGroups: [inside],
      vpcSubnets: { subnets: vpc.privateSubnets },
      healthCheckGracePeriod: Duration.seconds(30),
    });
    service.attachToApplicationTargetGroup(targets);

    const nightshift = new Nightshift(
      this,
      'Nightshift',
      defineConfig({
        services: {
          api: {
            service,
            loadBalancer: balancer,
            targetGroup: targets,
            // A busy machine is slower than a data centre; on AWS the default of 100 ms holds.
            thresholds: { latencyMilliseconds: 1500 },
            bakeMinutes: 2,
            observeMinutes: 2,
            database: 'main',
            secrets: ['database'],
          },
        },
        databases: {
          main: {
            instance: database,
            database: 'demo',
            secret: 'database',
            migrations: 'alembic',
            restore: {
              timeoutMinutes: 60,
              migrateDown: {
                service: 'api',
                container: DEMO.container,
                command: ['migrate-down'],
                roleArns: [taskDefinition.taskRole.roleArn, taskDefinition.obtainExecutionRole().roleArn],
              },
            },
            expect: {
              migrationHeads: [MIGRATION_HEAD],
              tables: ['items'],
              indexes: ['items_pkey'],
              freshness: [{ table: 'items', column: 'created_at', limitMinutes: 60 }],
              assertions: [
                {
                  name: 'no item without a name',
                  statement: "SELECT count(*) = 0 FROM items WHERE name = ''",
                },
              ],
            },
          },
        },
        secrets: { database: { secret } },
        notify: { pages: ['on-call@example.com'] },
      }),
    );
    // So that it can be seen who was woken up.
    const pager = new Queue(this, 'Pager', { queueName: 'pager' });
    nightshift.stores.pages.addSubscription(new SqsSubscription(pager));
  }
}
