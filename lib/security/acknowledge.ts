import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of cdk-nag on a construct, each for a reason that a security reviewer would accept. */
export function acknowledge(scope: IConstruct, findings: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(findings)) Validations.of(scope).acknowledge({ id, reason });
}

/**
 * Accepts wildcards in a role's policies: those resources alone, each for its reason.
 *
 * @param resources resource as in the policy (`*`, or an ARN that ends in one) → why it cannot be narrower
 */
export function acknowledgeWildcards(scope: IConstruct, resources: ReadonlyMap<string, string>): void {
  const reasons = new Map<string, string[]>();
  for (const [resource, reason] of resources) {
    const written = asWritten(Stack.of(scope).resolve(resource));
    if (written.includes('*')) reasons.set(written, [...(reasons.get(written) ?? []), reason]);
  }
  for (const [written, because] of reasons) {
    acknowledge(scope, { [`AwsSolutions-IAM5[Resource::${written}]`]: because.join(' ') });
  }
}

/** A resolved value as cdk-nag writes it: references in angle brackets. */
// biome-ignore lint/suspicious/noExplicitAny: resolved tokens are CloudFormation's JSON.
function asWritten(value: any): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map(asWritten).join(separator);
  }
  return JSON.stringify(value);
}
