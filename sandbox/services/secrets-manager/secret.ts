import type { LabelViews } from './label-views.ts';
import type { Rotation } from './rotation.ts';

/** What a version holds: text or bytes. */
export type SecretValue =
  | { readonly text: string; readonly binary?: undefined }
  | { readonly binary: Uint8Array; readonly text?: undefined };

/** One version of a secret. Times are sandbox milliseconds. */
export interface Version {
  readonly id: string;
  /** Absent while a rotation has reserved the version and its function has not put a value into it yet. */
  value: SecretValue | undefined;
  readonly labels: Set<string>;
  readonly createdAt: number;
  /** Customer managed key that it is encrypted with; absent for `aws/secretsmanager`. */
  keyId: string | undefined;
  accessedAt: number | undefined;
}

/** A secret of the account. Times are sandbox milliseconds. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  description: string | undefined;
  /** The service of AWS that keeps it, and alone may change it. */
  readonly owningService: string | undefined;
  readonly createdAt: number;
  /** When anything about it changed last. */
  changedAt: number;
  /** When somebody put a new current value, or a rotation succeeded. */
  valueChangedAt: number;
  /** Key for new versions. */
  keyId: string | undefined;
  tags: Record<string, string>;
  policy: unknown;
  /** Set while it waits for its deletion. */
  deletion: { readonly dueAt: number; readonly cancel: () => void } | undefined;
  readonly versions: Map<string, Version>;
  rotation: Rotation | undefined;
  readonly views: LabelViews;
}
