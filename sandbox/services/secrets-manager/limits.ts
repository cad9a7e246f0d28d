import { AwsError } from '../../contract.ts';
import type { SecretValue } from './secret.ts';

/** Staging labels across all versions of a secret, and in one request. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const LARGEST_LABEL_COUNT = 20;
const LARGEST_VALUE_BYTES = 65_536;
const LARGEST_TAG_COUNT = 50;
const LARGEST_POLICY_CHARACTERS = 20_480;

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/** @throws AwsError `InvalidParameterException` for a token that cannot be a version's id */
export function checkToken(token: string): void {
  if (token.length < 32 || token.length > 64)
    throw invalid('ClientRequestToken must be 32-64 characters long.');
}

/** @throws AwsError `InvalidParameterException` for labels that Secrets Manager does not take */
export function checkLabels(labels: readonly string[]): void {
  if (labels.length < 1 || labels.length > LARGEST_LABEL_COUNT)
    throw invalid(`VersionStages must have between 1 and ${LARGEST_LABEL_COUNT} staging labels.`);
  for (const label of labels)
    if (label.length < 1 || label.length > 256)
      throw invalid('A staging label must have between 1 and 256 characters.');
}

/** @throws AwsError `InvalidParameterException` for a name that a secret cannot have */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > 512 || !/^[A-Za-z0-9/_+=.@!-]+$/.test(name))
    throw invalid(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
}

/** @throws AwsError `InvalidParameterException` for tags that a secret cannot have */
export function checkTags(tags: Record<string, string>): void {
  if (Object.keys(tags).length > LARGEST_TAG_COUNT)
    throw invalid(`A secret can have at most ${LARGEST_TAG_COUNT} tags.`);
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128 || value.length > 256)
      throw invalid('A tag key has between 1 and 128 characters, a tag value at most 256.');
    if (/^aws:/i.test(key) && !key.startsWith('aws:cloudformation:'))
      throw invalid('Tag keys that begin with aws: are reserved for AWS.');
  }
}

/** @throws AwsError `InvalidParameterException` for a policy that is too long */
export function checkPolicyLength(policy: string): void {
  if (policy.length < 1 || policy.length > LARGEST_POLICY_CHARACTERS)
    throw invalid(`A resource policy has between 1 and ${LARGEST_POLICY_CHARACTERS} characters.`);
}

/**
 * Reads the value of a request.
 *
 * @returns undefined when the request has none
 * @throws AwsError when there are two, or one that is too long
 */
export function readValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): SecretValue | undefined {
  // An empty value counts as none.
  const text = input.SecretString || undefined;
  const binary = input.SecretBinary?.length ? input.SecretBinary : undefined;
  if (text !== undefined && binary !== undefined)
    throw invalid("You can't specify both SecretString and SecretBinary in the same request.");
  if ((binary?.length ?? Buffer.byteLength(text ?? '')) > LARGEST_VALUE_BYTES)
    throw invalid(`The value of a secret has at most ${LARGEST_VALUE_BYTES} bytes.`);
  if (text !== undefined) return { text };
  return binary && { binary: Uint8Array.from(binary) };
}
