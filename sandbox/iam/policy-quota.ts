import { AwsError } from '../contract.ts';

/** All inline policies of a role together, in characters without white space. */
export const INLINE_POLICY_QUOTA = 10_240;

/**
 * Refuses policies that IAM would refuse to put into a role.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html ("you can add as many inline policies as you want … the
 *   total aggregate policy size per entity can't exceed … 10,240 characters"; white space is not counted)
 */
export function requireWithinQuota(role: string, documents: readonly unknown[]): void {
  const size = documents.reduce<number>((sum, document) => sum + policySize(document), 0);
  if (size > INLINE_POLICY_QUOTA)
    throw new AwsError(
      'LimitExceeded',
      `Maximum policy size of ${INLINE_POLICY_QUOTA} bytes exceeded for role ${role}`,
      { status: 409 },
    );
}

/** Characters of a policy as IAM counts them. */
export function policySize(document: unknown): number {
  return JSON.stringify(document).replaceAll(/\s/g, '').length;
}
