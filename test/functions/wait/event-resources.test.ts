import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { nameOfEvent, ResourceEvent, resourcesOfEvent } from '../../../functions/wait/event-resources.ts';

const ecs = 'arn:aws:ecs:us-east-1:123456789012';
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf';
const TASK = `${ecs}:task/main/0123`;

describe('an event', () => {
  it.each<[string, unknown, string[], string]>([
    [
      'of a deployment',
      {
        'detail-type': 'ECS Deployment State Change',
        resources: [`${ecs}:service/main/api`],
        detail: { eventName: 'SERVICE_DEPLOYMENT_COMPLETED' },
      },
      ['ecs-service/main/api'],
      'SERVICE_DEPLOYMENT_COMPLETED',
    ],
    [
      'of a one-off task',
      {
        'detail-type': 'ECS Task State Change',
        resources: [TASK],
        detail: {
          taskArn: TASK,
          clusterArn: `${ecs}:cluster/main`,
          lastStatus: 'STOPPED',
          group: 'family:api',
        },
      },
      [`ecs-task/${TASK}`],
      'ECS Task State Change STOPPED',
    ],
    [
      'of a task of a service',
      {
        'detail-type': 'ECS Task State Change',
        resources: [TASK],
        detail: {
          taskArn: TASK,
          clusterArn: `${ecs}:cluster/main`,
          lastStatus: 'STOPPED',
          group: 'service:api',
        },
      },
      [`ecs-task/${TASK}`, 'ecs-service/main/api'],
      'ECS Task State Change STOPPED',
    ],
    [
      'of a rotation, which comes by CloudTrail',
      {
        'detail-type': 'AWS Service Event via CloudTrail',
        resources: [],
        detail: {
          eventSource: 'secretsmanager.amazonaws.com',
          eventName: 'RotationFailed',
          requestParameters: null,
          additionalEventData: { SecretId: SECRET },
        },
      },
      [`secret/${SECRET}`],
      'RotationFailed',
    ],
    [
      'that another service sends by CloudTrail',
      {
        'detail-type': 'AWS Service Event via CloudTrail',
        detail: { eventSource: 'kms.amazonaws.com', eventName: 'RotateKey', additionalEventData: null },
      },
      [],
      'RotateKey',
    ],
    [
      'of an instance',
      {
        'detail-type': 'RDS DB Instance Event',
        resources: ['arn:aws:rds:us-east-1:123456789012:db:shop'],
        detail: { SourceType: 'DB_INSTANCE', SourceIdentifier: 'shop', EventID: 'RDS-EVENT-0006' },
      },
      ['rds-instance/shop'],
      'RDS-EVENT-0006',
    ],
    [
      'of a snapshot',
      {
        'detail-type': 'RDS DB Snapshot Event',
        resources: ['arn:aws:rds:us-east-1:123456789012:snapshot:nightly'],
        detail: { SourceType: 'SNAPSHOT', SourceIdentifier: 'nightly', EventID: 'RDS-EVENT-0042', Tags: {} },
      },
      ['rds-snapshot/nightly'],
      'RDS-EVENT-0042',
    ],
    ['of nothing we know', { 'detail-type': 'Other', detail: {} }, [], 'Other'],
  ])('%s leads to its resource', (_, event, resources, name) => {
    const parsed = z.parse(ResourceEvent, event);
    expect(resourcesOfEvent(parsed)).toEqual(resources);
    expect(nameOfEvent(parsed)).toBe(name);
  });
});
