import { Duration, RemovalPolicy, SecretValue, Stack, Tags } from 'aws-cdk-lib';
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
  DatabaseSecret,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { defineConfig } from '../lib/config/define-config.ts';
import { Nightshift } from '../lib/nightshift.ts';
import { SUPPORTED_MIGRATIONS_TAG } from '../schemas/names.ts';
import { MIGRATION_HEAD } from './demo-api/migrations.ts';
import { RESTOCK } from './demo-api/restock.ts';
import { DEMO } from './demo-names.ts';
import { REPOSITORY } from './images.ts';

/** Slowest answer that is fast enough on a machine that rehearses. */
const BUSY_MILLISECONDS = 1500;

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
      instanceIdentifier: DEMO.instance,
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 }),
      instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
      credentials: Credentials.fromGeneratedSecret('demo', { secretName: DEMO.masterSecret }),
      databaseName: DEMO.database,
      vpc,
      vpcSubnets: { subnets: vpc.privateSubnets },
      securityGroups: [inside],
      storageEncrypted: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const secret = database.secret;
    if (secret === undefined) throw new Error('The database has no secret.');
    const shop = new DatabaseSecret(this, 'ShopLogin', {
      username: 'shop',
      secretName: DEMO.shopSecret,
    }).attach(database);
    const analyst = new DatabaseSecret(this, 'AnalystLogin', {
      username: DEMO.analyst,
      secretName: DEMO.analystSecret,
    }).attach(database);
    const tokenKeys = new Secret(this, 'TokenKeys', {
      secretName: DEMO.tokenSecret,
      description: 'Keys of the tokens that the API issues',
    }) as ISecret;
    const admins = new Secret(this, 'Admins', {
      secretName: DEMO.adminsSecret,
      description: 'Who may administer the shop',
      secretObjectValue: { admins: SecretValue.unsafePlainText('ada') },
    }) as ISecret;

    const cluster = new Cluster(this, 'Cluster', { clusterName: DEMO.cluster, vpc });
    const taskDefinition = new FargateTaskDefinition(this, 'Task', {
      family: DEMO.family,
      cpu: 256,
      memoryLimitMiB: 512,
    });
    const logs = new LogGroup(this, 'ApiLogs', {
      logGroupName: DEMO.logGroup,
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
        SHOP_NAME: 'The Little Shop',
        SHOP_URL: 'https://shop.example.com',
      },
      secrets: {
        DATABASE_USER: EcsSecret.fromSecretsManager(shop, 'username'),
        DATABASE_PASSWORD: EcsSecret.fromSecretsManager(shop, 'password'),
        TOKEN_KEYS: EcsSecret.fromSecretsManager(tokenKeys),
        ADMINS: EcsSecret.fromSecretsManager(admins),
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
      // None until the shop's role is in the database: `prepareShop`.
      desiredCount: 0,
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
            thresholds: { latencyMilliseconds: BUSY_MILLISECONDS },
            bakeMinutes: 2,
            observeMinutes: 2,
            database: 'main',
            secrets: ['shop', 'tokens', 'admins'],
            preflight: {
              require: ['DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_USER', 'DATABASE_PASSWORD', 'TOKEN_KEYS'],
              conditional: [{ when: { variable: 'PAYMENTS_LIVE', is: true }, require: 'PAYMENTS_URL' }],
              formats: {
                DATABASE_PORT: { kind: 'integer', min: 1, max: 65_535 },
                PRICE_LIST: { kind: 'one-of', values: ['standard', 'summer'] },
                SHOP_URL: { kind: 'url', schemes: ['https'] },
                PAYMENTS_LIVE: 'boolean',
                PAYMENTS_URL: { kind: 'url', schemes: ['https'] },
              },
              // In the sandbox every server is this machine, that of the database too.
              forbidden: { localHosts: true, except: ['DATABASE_HOST'] },
              secrets: { shop: ['username', 'password'], admins: ['admins'] },
              login: { user: 'DATABASE_USER', password: 'DATABASE_PASSWORD' },
            },
            health: {
              p95Milliseconds: 2 * BUSY_MILLISECONDS,
              endpoints: { items: { path: '/items', json: [{ path: '$[*].name' }] } },
              heartbeats: {
                restock: {
                  logGroup: DEMO.logGroup,
                  line: RESTOCK.line,
                  intervalMinutes: 2,
                  lookBackMinutes: 5,
                },
              },
              starts: ['roll-back-service'],
            },
            // A shop that was set up an hour ago has had neither a snapshot nor a drill.
            readiness: { watched: false },
          },
        },
        databases: {
          main: {
            instance: database,
            database: DEMO.database,
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
            health: {
              latencyMilliseconds: BUSY_MILLISECONDS,
              // Two tasks have five each, and twice as many while they are replaced.
              connections: { warnAbove: 30 },
              logins: ['shop', 'analyst'],
              starts: ['validate-database'],
            },
          },
        },
        secrets: {
          database: { secret },
          analyst: { secret: analyst },
          shop: {
            secret: shop,
            rotation: {
              kind: 'postgresql-alternating-users',
              database: 'main',
              adminSecret: 'database',
              user: 'shop',
            },
            rotateEveryDays: 30,
            overlapMinutes: 60,
            tags: ['login'],
            adoption: { path: '/items' },
          },
          tokens: {
            secret: tokenKeys,
            rotation: {
              kind: 'signing-key',
              algorithm: 'ES256',
              longestTokenMinutes: 10,
              publishedAheadMinutes: 10,
              claims: { sub: 'nightshift' },
            },
            rotateEveryDays: 90,
            tags: ['login'],
            adoption: { path: '/account' },
          },
          admins: {
            secret: admins,
            rotation: {
              kind: 'policy-value',
              schema: {
                type: 'object',
                required: ['admins'],
                properties: { admins: { type: 'string', minLength: 1 } },
              },
            },
          },
        },
        // Rehearsals begin at any hour, and one that passes eight o'clock would have a check too many.
        dailyHealthCheck: { scheduled: false },
        notify: { pages: ['on-call@example.com'] },
      }),
    );
    // So that it can be seen who was woken up.
    const pager = new Queue(this, 'Pager', { queueName: 'pager' });
    nightshift.stores.pages.addSubscription(new SqsSubscription(pager));
  }
}
