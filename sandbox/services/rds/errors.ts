import { AwsError } from '../../contract.ts';
import type { Instance, Snapshot } from './model.ts';

/** RDS's errors by the shape names that SDKs know them by; the wire writes the shorter codes of the Query protocol. */
export const instanceNotFound = (identifier: string): AwsError =>
  new AwsError('DBInstanceNotFoundFault', `DBInstance ${identifier} not found.`, { status: 404 });

export const snapshotNotFound = (identifier: string): AwsError =>
  new AwsError('DBSnapshotNotFoundFault', `DBSnapshot ${identifier} not found.`, { status: 404 });

/** @param what what was asked for, in words that follow `Cannot` */
export const wrongState = (instance: Instance, what: string): AwsError =>
  new AwsError(
    'InvalidDBInstanceStateFault',
    `Cannot ${what} because the database instance ${instance.identifier} is not currently in the available state (it is ${instance.status}).`,
  );

export const wrongSnapshotState = (snapshot: Snapshot, what: string): AwsError =>
  new AwsError(
    'InvalidDBSnapshotStateFault',
    `Cannot ${what} because the snapshot ${snapshot.identifier} is not currently in the available state (it is ${snapshot.status}).`,
  );

export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

export const invalidCombination = (message: string): AwsError =>
  new AwsError('InvalidParameterCombination', message);
