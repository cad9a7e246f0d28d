import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StoresEntry } from '../../schemas/deployment.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { acknowledge } from '../security/acknowledge.ts';

/** Reports are kept this long, in days; auditors ask for a year. */
const REPORT_DAYS = 400;
const HEALTH_DAYS = 60;
const DEAD_LETTER_DAYS = 14;

/** Where Nightshift keeps its things: four tables, so that each function can be given exactly one, a bucket, two topics. */
export class Stores extends Construct {
  readonly lock: Table;
  readonly run: Table;
  readonly wait: Table;
  readonly history: Table;
  readonly reports: Bucket;
  readonly notices: Topic;
  readonly pages: Topic;
  /** What could not be delivered to a runbook or a function. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, config: NightshiftConfig) {
    super(scope, id);
    const key = (name: string) => ({ name, type: AttributeType.STRING });
    this.lock = this.#table('Locks', { partitionKey: key('key') });
    this.run = this.#table('Runs', {
      partitionKey: key('id'),
      sortKey: key('sort'),
      timeToLiveAttribute: 'expiresAt',
    });
    this.run.addGlobalSecondaryIndex({
      indexName: 'target-runs',
      partitionKey: key('target'),
      sortKey: key('startedAt'),
      projectionType: ProjectionType.ALL,
    });
    this.wait = this.#table('Waits', {
      partitionKey: key('resource'),
      sortKey: key('sort'),
      timeToLiveAttribute: 'expiresAt',
    });
    this.history = this.#table('GoodRevisions', { partitionKey: key('service'), sortKey: key('revision') });
    this.reports = new Bucket(this, 'Reports', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        // Manifests stay as long as the snapshots that they belong to; retention deletes both.
        { prefix: 'reports/', expiration: Duration.days(REPORT_DAYS) },
        // What daily checks found; their reports tell it for longer.
        { prefix: 'health/', expiration: Duration.days(HEALTH_DAYS) },
        { noncurrentVersionExpiration: Duration.days(30) },
      ],
    });
    acknowledge(this.reports, {
      'AwsSolutions-S1':
        'Reports hold no secrets and no rows. Who reads them is in CloudTrail data events, where a team keeps those; a second bucket for access logs in each team would itself have to be guarded.',
    });
    this.notices = this.#topic('Notices', config.notify.notices);
    this.pages = this.#topic('Pages', config.notify.pages);
    this.undelivered = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });
    acknowledge(this.undelivered, { 'AwsSolutions-SQS3': 'This is a dead-letter queue itself.' });
  }

  #table(id: string, props: Omit<TableProps, 'billingMode'>): Table {
    return new Table(this, id, {
      ...props,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #topic(id: string, emails: readonly string[]): Topic {
    const topic = new Topic(this, id, { enforceSSL: true });
    for (const [index, endpoint] of emails.entries())
      new Subscription(topic, `Email${index}`, { topic, protocol: SubscriptionProtocol.EMAIL, endpoint });
    return topic;
  }

  /** As the directory in SSM says it. */
  get entry(): StoresEntry {
    return {
      lockTable: this.lock.tableName,
      runTable: this.run.tableName,
      waitTable: this.wait.tableName,
      historyTable: this.history.tableName,
      reportBucket: this.reports.bucketName,
      noticeTopic: this.notices.topicArn,
      pageTopic: this.pages.topicArn,
    };
  }
}
