import { AwsError, type Operation } from '../../contract.ts';
import { asList, type PolicyDocument, readPolicy, type Statement } from '../../iam/policy-document.ts';
import { tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { checkPolicyLength, checkTags } from './limits.ts';
import { onSecret } from './permissions.ts';

/** Resource policies and tags of one secret. */
export function policyOperations(account: Account): Record<string, Operation> {
  const { machine } = account;
  return {
    GetResourcePolicy: onSecret(
      account,
      'GetResourcePolicy',
      ({ arn, name, policy }) => ({
        ARN: arn,
        Name: name,
        ResourcePolicy: policy === undefined ? undefined : JSON.stringify(policy),
      }),
      { deleted: true },
    ),
    PutResourcePolicy: onSecret(
      account,
      'PutResourcePolicy',
      (secret, input) => {
        checkPolicyLength(input.ResourcePolicy);
        const policy = parsePolicy(input.ResourcePolicy);
        if (input.BlockPublicPolicy && isPublic(policy))
          throw new AwsError(
            'PublicPolicyException',
            'You cannot attach a resource policy that allows broad access to the secret.',
          );
        secret.policy = policy;
        secret.changedAt = machine.clock.now();
        return { ARN: secret.arn, Name: secret.name };
      },
      {
        conditions: (input) => ({
          'secretsmanager:BlockPublicPolicy': String(input.BlockPublicPolicy === true),
        }),
      },
    ),
    DeleteResourcePolicy: onSecret(account, 'DeleteResourcePolicy', (secret) => {
      secret.policy = undefined;
      secret.changedAt = machine.clock.now();
      return { ARN: secret.arn, Name: secret.name };
    }),
    TagResource: onSecret(
      account,
      'TagResource',
      (secret, input) => {
        const tags = { ...secret.tags, ...tagMap(input.Tags) };
        checkTags(tags);
        secret.tags = tags;
        secret.changedAt = machine.clock.now();
        return {};
      },
      {
        conditions: ({ Tags }) => ({
          'aws:TagKeys': Object.keys(tagMap(Tags)),
          ...Object.fromEntries(
            Object.entries(tagMap(Tags)).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
          ),
        }),
      },
    ),
    UntagResource: onSecret(
      account,
      'UntagResource',
      (secret, input) => {
        for (const key of input.TagKeys) delete secret.tags[key];
        secret.changedAt = machine.clock.now();
        return {};
      },
      { conditions: ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }) },
    ),
  };
}

function parsePolicy(text: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new AwsError('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.');
  }
  try {
    return readPolicy(document, 'This resource policy');
  } catch (error) {
    throw new AwsError('MalformedPolicyDocumentException', (error as Error).message);
  }
}

/** Whether a policy lets everyone in, with nothing that narrows it down. */
function isPublic(policy: PolicyDocument): boolean {
  const everyone = ({ Principal }: Statement) =>
    Principal === '*' || (Principal !== undefined && asList(Principal.AWS).includes('*'));
  return asList(policy.Statement).some(
    (statement) => statement.Effect === 'Allow' && everyone(statement) && statement.Condition === undefined,
  );
}
