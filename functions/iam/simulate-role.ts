import {
  type ContextEntry,
  type EvaluationResult,
  IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { client } from '../clients.ts';

const iam = client(IAMClient);

/** Something that a role may or may not do. */
export interface Asked {
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

/** What IAM says of it, without doing it. */
export interface Simulated extends Asked {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** Condition keys that its policies ask for and that IAM was not told: the decision might be another with them. */
  readonly missing: readonly string[];
}

/** What is to be asked about one kind of resources, with what is known of the request. */
export interface Question {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Condition key → its one value. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * Asks IAM what the policies of a role allow: its own, its boundary and those of the organization, not those of the resources. One
 * question is about one kind of resources, as not every action is for every kind.
 *
 * @returns undefined where there is no such role
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
export async function simulateRole(
  roleArn: string,
  { actions, resources, context = {} }: Question,
): Promise<Simulated[] | undefined> {
  const ContextEntries = Object.entries(context).map(
    ([ContextKeyName, value]): ContextEntry => ({
      ContextKeyName,
      ContextKeyValues: [value],
      ContextKeyType: 'string',
    }),
  );
  const found: Simulated[] = [];
  try {
    const pages = paginateSimulatePrincipalPolicy(
      { client: iam() },
      {
        PolicySourceArn: roleArn,
        ActionNames: [...actions],
        ResourceArns: [...resources],
        ...(ContextEntries.length === 0 ? {} : { ContextEntries }),
      },
    );
    for await (const { EvaluationResults = [] } of pages) found.push(...EvaluationResults.flatMap(simulated));
    return found;
  } catch (error) {
    if (['NoSuchEntityException', 'NoSuchEntity'].includes((error as Error).name)) return undefined;
    throw error;
  }
}

/** The decision on the whole is the gravest of all; that on each resource stands within. */
function simulated({ EvalActionName = '', ResourceSpecificResults = [] }: EvaluationResult): Simulated[] {
  return ResourceSpecificResults.map(
    ({ EvalResourceName = '', EvalResourceDecision = 'implicitDeny', MissingContextValues = [] }) => ({
      action: EvalActionName,
      resource: EvalResourceName,
      decision: EvalResourceDecision,
      missing: MissingContextValues,
    }),
  );
}

/** Asks several questions about a role; what was asked, and what IAM said of it. */
export async function askAbout(
  roleArn: string,
  questions: readonly Question[],
): Promise<{ asked: Asked[]; answers: Simulated[] | undefined }> {
  const asked = questions.flatMap(({ actions, resources }) =>
    resources.flatMap((resource) => actions.map((action) => ({ action, resource }))),
  );
  const answers: Simulated[] = [];
  for (const question of questions) {
    const some = await simulateRole(roleArn, question);
    if (some === undefined) return { asked, answers: undefined };
    answers.push(...some);
  }
  return { asked, answers };
}
