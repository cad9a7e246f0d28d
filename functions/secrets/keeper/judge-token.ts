/** What Secrets Manager says of a secret, without its values. */
export interface Described {
  readonly rotationEnabled: boolean;
  /** Version id → its staging labels. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

export type TokenJudgement =
  | { readonly go: true; readonly current: string }
  /** The version is current already. */
  | { readonly go: false; readonly finished: true }
  | { readonly go: false; readonly finished: false; readonly why: string };

/**
 * Whether a step of a rotation may be done for a token.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function judgeToken({ rotationEnabled, labels }: Described, token: string): TokenJudgement {
  const refuse = (why: string) => ({ go: false, finished: false, why }) as const;
  if (!rotationEnabled) return refuse('rotation is not enabled for it');
  const own = Object.hasOwn(labels, token) ? labels[token] : undefined;
  if (own === undefined) return refuse('the token is no version of it');
  if (own.includes('AWSCURRENT')) return { go: false, finished: true };
  if (!own.includes('AWSPENDING'))
    return refuse('the version of this token is not staged as AWSPENDING: another attempt took its place');
  const current = holderOf(labels, 'AWSCURRENT');
  if (current === undefined) return refuse('no version of it is current');
  return { go: true, current };
}

/** The version that has a label. */
export function holderOf(labels: Described['labels'], label: string): string | undefined {
  return Object.entries(labels).find(([, own]) => own.includes(label))?.[0];
}
