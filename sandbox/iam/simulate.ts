import type { Permission } from '../contract.ts';
import { matchesWildcard } from '../wildcard.ts';
import type { ConditionValues } from './conditions.ts';
import { evaluate } from './evaluate.ts';
import { matchesArn } from './match-arn.ts';
import { asList, type PolicyDocument, type Statement } from './policy-document.ts';

/** What a role's own policies say of one action on one resource. */
export interface Simulated {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** Condition keys that statements about it ask for and that the simulation was not told. */
  readonly missing: readonly string[];
}

/**
 * Evaluates identity-based policies as IAM's simulation does: from what it is told, and nothing else. A condition key that it is not
 * told is not there.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
export function simulate(
  documents: readonly PolicyDocument[],
  permission: Permission,
  context: ConditionValues,
): Simulated {
  const { decision } = evaluate(documents, permission, context);
  const told = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  const asked = documents
    .flatMap((document) => asList(document.Statement))
    .filter((statement) => isAbout(statement, permission))
    .flatMap((statement) => Object.values(statement.Condition ?? {}).flatMap((keys) => Object.keys(keys)));
  return {
    decision: decision === 'allow' ? 'allowed' : decision === 'deny' ? 'explicitDeny' : 'implicitDeny',
    missing: [...new Set(asked)].filter((key) => !told.has(key.toLowerCase())),
  };
}

function isAbout(statement: Statement, { action, resource }: Permission): boolean {
  if (statement.NotAction !== undefined || statement.NotResource !== undefined) return true;
  return (
    asList(statement.Action).some((pattern) => matchesWildcard(pattern, action, { ignoreCase: true })) &&
    asList(statement.Resource).some((pattern) => matchesArn(pattern, resource))
  );
}
