import type { Permission } from '../contract.ts';
import { matchesWildcard } from '../wildcard.ts';
import { type ConditionValues, conditionsHold } from './conditions.ts';
import { matchesArn } from './match-arn.ts';
import { asList, type PolicyDocument, type Statement } from './policy-document.ts';

/** Who a resource-based or trust policy may name. */
export interface Principal {
  readonly arn: string;
  readonly account: string;
  /** Set when an AWS service calls on its own behalf. */
  readonly service?: string;
}

export interface Evaluation {
  /** `delegate`: only the account as a whole is allowed, so that the caller's own policies must allow it too. */
  readonly decision: 'allow' | 'delegate' | 'deny' | 'none';
  /** Statements that allow it. */
  readonly allowedBy: readonly Statement[];
}

/**
 * What a set of documents says of a permission: an explicit deny wins, then an allow.
 *
 * @param principal who is looked for in `Principal`; none for identity-based policies
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(
  documents: readonly PolicyDocument[],
  permission: Permission,
  context: ConditionValues,
  principal?: Principal,
): Evaluation {
  const values = { ...context, ...permission.conditions };
  const allowedBy: Statement[] = [];
  let direct = false;
  for (const statement of documents.flatMap((document) => asList(document.Statement))) {
    const naming = principal === undefined ? 'direct' : namedBy(statement.Principal, principal);
    if (naming === 'not' || !covers(statement, permission) || !conditionsHold(statement.Condition, values))
      continue;
    if (statement.Effect === 'Deny') return { decision: 'deny', allowedBy: [] };
    allowedBy.push(statement);
    direct ||= naming === 'direct';
  }
  return { decision: direct ? 'allow' : allowedBy.length > 0 ? 'delegate' : 'none', allowedBy };
}

function covers(statement: Statement, permission: Permission): boolean {
  const action = (pattern: string) => matchesWildcard(pattern, permission.action, { ignoreCase: true });
  const resource = (pattern: string) => matchesArn(pattern, permission.resource);
  const actions = statement.NotAction
    ? !asList(statement.NotAction).some(action)
    : asList(statement.Action).some(action);
  if (!actions) return false;
  if (statement.NotResource) return !asList(statement.NotResource).some(resource);
  // Trust policies and Lambda's permissions have no resource: they are about the one that they stand at.
  return statement.Resource === undefined || asList(statement.Resource).some(resource);
}

/** How a statement names a principal: itself, only its account, or not at all. */
function namedBy(wanted: Statement['Principal'], principal: Principal): 'direct' | 'account' | 'not' {
  if (wanted === '*') return 'direct';
  if (principal.service !== undefined) {
    return asList(wanted?.Service).includes(principal.service) ? 'direct' : 'not';
  }
  const names = asList(wanted?.AWS);
  if (names.includes('*') || names.includes(principal.arn)) return 'direct';
  const account =
    names.includes(principal.account) || names.includes(`arn:aws:iam::${principal.account}:root`);
  return account ? 'account' : 'not';
}
