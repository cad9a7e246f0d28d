import { AwsError, type Operation } from '../contract.ts';
import { refuseMembers } from '../services/refuse-members.ts';
import type { ConditionValues } from './conditions.ts';
import type { PolicyEngine } from './policies.ts';
import type { Simulated } from './simulate.ts';

interface Input {
  readonly PolicySourceArn: string;
  readonly ActionNames: readonly string[];
  readonly ResourceArns?: readonly string[];
  readonly ContextEntries?: ReadonlyArray<{
    readonly ContextKeyName: string;
    readonly ContextKeyValues: readonly string[];
    readonly ContextKeyType: string;
  }>;
}

/** From the mildest to the gravest: what is said of several resources together. */
const GRAVITY: ReadonlyArray<Simulated['decision']> = ['allowed', 'implicitDeny', 'explicitDeny'];
const KNOWN = ['PolicySourceArn', 'ActionNames', 'ResourceArns', 'ContextEntries'];

/**
 * `SimulatePrincipalPolicy` of roles: one result for each action, and in it one for each resource.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
 */
export function simulateOperation(policies: PolicyEngine): Operation {
  return {
    permissions: ({ PolicySourceArn }: Input) => [
      { action: 'iam:SimulatePrincipalPolicy', resource: PolicySourceArn },
    ],
    handle(input: Input) {
      refuseMembers({ ...input }, KNOWN);
      const { PolicySourceArn, ActionNames, ResourceArns = ['*'] } = input;
      if (!/^arn:aws[\w-]*:iam::\d{12}:(role|user|group)\//.test(PolicySourceArn))
        throw new AwsError('InvalidInput', `Invalid Entity Arn: ${PolicySourceArn}`);
      const invalid = ActionNames.find((name) => !/^[\w-]+:[\w*]+$/.test(name));
      if (invalid !== undefined) throw new AwsError('InvalidInput', `Invalid action name: ${invalid}`);
      const context = contextOf(input);
      return {
        IsTruncated: false,
        EvaluationResults: ActionNames.map((action) => {
          const results = ResourceArns.map((resource) => ({
            resource,
            ...policies.simulate(PolicySourceArn, { action, resource }, context),
          }));
          const gravest = GRAVITY.findLast((decision) => results.some((one) => one.decision === decision));
          return {
            EvalActionName: action,
            EvalResourceName: '*',
            EvalDecision: gravest ?? 'implicitDeny',
            MissingContextValues: [...new Set(results.flatMap(({ missing }) => missing))],
            ResourceSpecificResults: results.map(({ resource, decision, missing }) => ({
              EvalResourceName: resource,
              EvalResourceDecision: decision,
              MissingContextValues: missing,
            })),
          };
        }),
      };
    },
  };
}

function contextOf({ ContextEntries = [] }: Input): ConditionValues {
  return Object.fromEntries(
    ContextEntries.map(({ ContextKeyName, ContextKeyValues }) => [ContextKeyName, ContextKeyValues]),
  );
}
