import { Duration } from 'aws-cdk-lib';

/** EventBridge tries again for two hours, with growing pauses: an alarm that is older than that is news of yesterday. */
export const DELIVERY = { maxEventAge: Duration.hours(2), retryAttempts: 24 } as const;
