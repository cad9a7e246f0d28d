import { matchesWildcard } from '../wildcard.ts';

/** arn, partition, service, region, account; all that follows is the resource, which may have colons itself. */
const ARN_PARTS = 6;

/**
 * Whether an ARN matches a pattern. Wildcards stay within one of the six parts, so that `arn:aws:s3:*` is not everything of S3.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*' || pattern === arn) return true;
  const wanted = partsOf(pattern);
  const found = partsOf(arn);
  if (wanted.length < ARN_PARTS || found.length < ARN_PARTS) return false;
  return wanted.every((part, index) => matchesWildcard(part, found[index] as string));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [
    ...parts.slice(0, ARN_PARTS - 1),
    ...(parts.length < ARN_PARTS ? [] : [parts.slice(ARN_PARTS - 1).join(':')]),
  ];
}
