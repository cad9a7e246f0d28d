/** What a task definition says of a value that ECS reads when a task starts. */
export type SecretReference =
  | {
      readonly kind: 'secret';
      /** Full ARN, or one without its six random characters. */
      readonly arn: string;
      /** Field of its JSON; the whole text when not given. */
      readonly field?: string;
      readonly stage?: string;
      readonly versionId?: string;
    }
  | { readonly kind: 'parameter'; readonly id: string };

/** With nothing behind the name, or with exactly three parts: field, stage and version, each of which may be empty. */
const SECRET =
  /^(arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:\s]+)(?::([^:]*):([^:]*):([^:]*))?$/;
/** Six letters and digits that AWS adds to the name; a word of six small letters is more likely part of the name itself. */
export const RANDOM_END = /-(?![a-z]{6}$)[A-Za-z0-9]{6}$/;
const PARAMETER = /^(?:arn:aws[\w-]*:ssm:[a-z0-9-]+:\d{12}:parameter\/)?[\w./-]+(?::[\w.-]+)?$/;

/**
 * Reads a `valueFrom` as ECS does; undefined for what it refuses.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
 */
export function parseReference(valueFrom: string): SecretReference | undefined {
  const [, arn, field, stage, versionId] = SECRET.exec(valueFrom) ?? [];
  if (arn !== undefined)
    return {
      kind: 'secret',
      arn,
      ...(field ? { field } : {}),
      ...(stage ? { stage } : {}),
      ...(versionId ? { versionId } : {}),
    };
  return PARAMETER.test(valueFrom) ? { kind: 'parameter', id: valueFrom } : undefined;
}

/**
 * What is read once for all fields of it, as people know it: without the random end of its ARN. The name stands in brackets: followed by a
 * colon, some would look like secrets to whoever redacts.
 */
export function labelOf(reference: SecretReference): string {
  if (reference.kind === 'parameter') return `parameter (${reference.id.replace(/^arn:.*?:parameter/, '')})`;
  const { arn, stage, versionId } = reference;
  const name = (arn.split(':secret:')[1] ?? '').replace(RANDOM_END, '');
  return `secret (${[name, stage, versionId].filter((part) => part !== undefined).join(', ')})`;
}

/** What is read once for all fields of it. */
export function sourceOf(reference: SecretReference): string {
  if (reference.kind === 'parameter') return `parameter ${reference.id.replace(/^arn:.*?:parameter/, '')}`;
  const { arn, stage, versionId } = reference;
  const version = [stage, versionId].filter((part) => part !== undefined).join(', ');
  return `secret ${arn.split(':secret:')[1]}${version === '' ? '' : ` (${version})`}`;
}
