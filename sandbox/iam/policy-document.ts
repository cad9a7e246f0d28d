import { isConditionOperator } from './conditions.ts';

/** A policy document as synthesized; its parts may be one value or a list. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const STATEMENT_PARTS = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'Condition',
]);

/** One value or a list, as a list. */
export function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/**
 * Checks that the sandbox understands everything in a policy: what it does not evaluate it must not accept.
 *
 * @param where names the policy in the error
 * @throws Error naming what it does not understand
 */
export function readPolicy(document: unknown, where: string): PolicyDocument {
  const policy = document as PolicyDocument;
  if (typeof policy !== 'object' || policy === null || policy.Statement === undefined) {
    throw new Error(`${where} is not a policy document: it has no Statement.`);
  }
  for (const statement of asList(policy.Statement)) {
    const problem = problemOf(statement);
    if (problem !== undefined) throw new Error(`${where}: ${problem}`);
  }
  return policy;
}

function problemOf(statement: Statement): string | undefined {
  const unknown = Object.keys(statement).filter((part) => !STATEMENT_PARTS.has(part));
  if (unknown.length > 0) return `the sandbox does not evaluate ${unknown.join(', ')} in a statement.`;
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    return 'a statement is neither Allow nor Deny.';
  if (statement.Action === undefined && statement.NotAction === undefined)
    return 'a statement has no Action.';
  const operator = Object.keys(statement.Condition ?? {}).find((name) => !isConditionOperator(name));
  if (operator !== undefined) return `the sandbox does not know the condition operator '${operator}'.`;
  const values = Object.values(statement.Condition ?? {}).flatMap((keys) =>
    Object.values(keys).flatMap(asList),
  );
  const variable = [...asList(statement.Resource), ...asList(statement.NotResource), ...values].find((text) =>
    String(text).includes('${'),
  );
  return variable === undefined
    ? undefined
    : `the sandbox does not evaluate the policy variable in '${variable}'.`;
}
