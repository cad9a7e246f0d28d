import { invalidValue } from './errors.ts';

const INSTANCE_LENGTH = 63;
const SNAPSHOT_LENGTH = 255;

/**
 * The identifier of a new instance, in lower case, as RDS stores it.
 *
 * @throws AwsError when it is none
 */
export function newInstanceIdentifier(identifier: string, parameter = 'DBInstanceIdentifier'): string {
  return checked(identifier, parameter, INSTANCE_LENGTH);
}

/** The same for a new manual snapshot. */
export function newSnapshotIdentifier(identifier: string, parameter = 'DBSnapshotIdentifier'): string {
  return checked(identifier, parameter, SNAPSHOT_LENGTH);
}

function checked(identifier: string, parameter: string, longest: number): string {
  const valid = /^[a-z](?:-?[a-z0-9])*$/i.test(identifier) && identifier.length <= longest;
  if (valid) return identifier.toLowerCase();
  throw invalidValue(
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; and must have at most ${longest} characters.`,
  );
}

/** The identifier in what names an existing resource: an identifier in any case, or an ARN. */
export function identifierOf(nameOrArn: string): string {
  const lower = nameOrArn.toLowerCase();
  return /^arn:[^:]*:rds:[^:]*:[^:]*:[^:]+:(.+)$/.exec(lower)?.[1] ?? lower;
}
