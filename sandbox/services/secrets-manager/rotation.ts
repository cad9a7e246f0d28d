import type { RotationRules, RotationWindow } from './rotation-rules.ts';

/** How a secret is rotated. Times are sandbox milliseconds. */
export interface Rotation {
  enabled: boolean;
  functionArn: string;
  /** Absent where the secret is rotated on demand only. */
  rules: RotationRules | undefined;
  configuredAt: number;
  lastRotatedAt: number | undefined;
  /** The window in which it is due. It stays when it passes without success. */
  next: RotationWindow | undefined;
  /** Cancels the timer of the window that opens next. */
  cancelTimer: () => void;
  /** Id of the version that exists for a test of the function only. */
  testing: string | undefined;
  /** The rotation that is being tried; its token is the id of the version. */
  running: { readonly token: string; readonly controller: AbortController } | undefined;
}

export const newRotation = (functionArn: string): Rotation => ({
  enabled: false,
  functionArn,
  rules: undefined,
  configuredAt: 0,
  lastRotatedAt: undefined,
  next: undefined,
  cancelTimer: () => {},
  testing: undefined,
  running: undefined,
});
