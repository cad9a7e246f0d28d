import { AwsError, type Caller, type Permission } from '../../contract.ts';
import { evaluate } from '../../iam/evaluate.ts';
import { readPolicy } from '../../iam/policy-document.ts';

/**
 * Refuses a role that a key's own policy leaves out. Unlike other resources, a key must either allow the caller or hand the
 * decision to the account's IAM policies (`arn:aws:iam::ACCOUNT:root`): an IAM policy alone is not enough.
 *
 * @throws AwsError `AccessDeniedException`
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
export function requireKeyPolicy(
  keyPolicy: unknown,
  permission: Permission,
  caller: Extract<Caller, { kind: 'role' }>,
  account: string,
): void {
  const context = { 'aws:PrincipalArn': caller.roleArn, 'aws:PrincipalAccount': account };
  const principal = { arn: caller.roleArn, account };
  const policy = readPolicy(keyPolicy, `The policy of ${permission.resource}`);
  if (evaluate([policy], permission, context, principal).decision !== 'none') return;
  throw new AwsError(
    'AccessDeniedException',
    `${caller.roleArn} is not authorized to perform: ${permission.action} on resource: ${permission.resource} because no resource-based policy allows the ${permission.action} action`,
  );
}
