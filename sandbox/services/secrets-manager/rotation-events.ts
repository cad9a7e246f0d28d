import { randomUUID } from 'node:crypto';
import type { Machine } from '../../contract.ts';
import type { Secret } from './secret.ts';

/** What Secrets Manager tells about rotations. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
export type RotationEvent =
  | 'RotationStarted'
  | 'RotationSucceeded'
  | 'RotationFailed'
  | 'RotationAbandoned'
  | 'TestRotationStarted'
  | 'TestRotationSucceeded'
  | 'TestRotationFailed';

/** Puts an event on the bus as CloudTrail delivers it: `AWS Service Event via CloudTrail`. */
export function sendRotationEvent(
  machine: Machine,
  secret: Secret,
  name: RotationEvent,
  { token, error }: { token: string; error?: string },
): void {
  const { account, region, clock } = machine;
  const at = clock.now();
  const service = 'secretsmanager.amazonaws.com';
  machine.engines.putEvent({
    source: 'aws.secretsmanager',
    detailType: 'AWS Service Event via CloudTrail',
    resources: [],
    at,
    detail: {
      eventVersion: '1.08',
      userIdentity: { accountId: account, invokedBy: service },
      eventTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
      eventSource: service,
      eventName: name,
      awsRegion: region,
      sourceIPAddress: service,
      userAgent: service,
      ...(error === undefined ? {} : { errorMessage: error }),
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: secret.arn },
      requestID: `Rotation-${secret.arn}-${token}`,
      eventID: randomUUID(),
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    },
  });
}
