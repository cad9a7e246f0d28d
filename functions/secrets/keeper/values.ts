import { setTimeout as pause } from 'node:timers/promises';
import type { RotationKind, SecretOf } from '../../../schemas/secret.ts';
import type { HiddenValues } from './hide-values.ts';
import type { SecretKind } from './kind.ts';
import { unreadable } from './parse.ts';
import { listUnlabelled, readVersion } from './versions.ts';

/** A value that was just stored may not be seen at once (rule 10). Milliseconds before each further look. */
const LOOK_AGAIN_MILLISECONDS = [150, 450];
/** An attempt that was given up is among the newest versions. */
const MOST_LEFT_BEHIND = 5;

/** The values of one secret, as an invocation reads them. */
export interface Values<Value> {
  /** @throws PreconditionFailed where the version cannot be read as a value of this kind, or there is none */
  read(version: string): Promise<Value>;
  /** As `read`, but undefined where the version has no value. */
  find(version: string, options?: { readonly justStored?: boolean }): Promise<Value | undefined>;
  /** Values of the newest versions without a label that can be read at all. */
  leftBehind(): Promise<Value[]>;
  /** The text to store; from now on no sentence may hold it. */
  textOf(value: Value): string;
}

export function valuesOf<Kind extends RotationKind, Value>(
  kind: SecretKind<Kind, Value>,
  secret: SecretOf<Kind>,
  hidden: HiddenValues,
): Values<Value> {
  async function find(version: string, { justStored = false } = {}): Promise<Value | undefined> {
    let content = await readVersion(secret.secretArn, version);
    for (const milliseconds of justStored ? LOOK_AGAIN_MILLISECONDS : []) {
      if (content.is !== 'nothing') break;
      await pause(milliseconds);
      content = await readVersion(secret.secretArn, version);
    }
    if (content.is === 'nothing') return undefined;
    if (content.is === 'binary') throw unreadable(secret.name, 'is binary, not text');
    hidden.learn(content.text);
    return kind.parse(content.text, secret);
  }
  return {
    find,
    async read(version) {
      const value = await find(version, { justStored: true });
      if (value === undefined) throw unreadable(secret.name, `(${version}) has no value`);
      return value;
    },
    async leftBehind() {
      const versions = (await listUnlabelled(secret.secretArn)).slice(0, MOST_LEFT_BEHIND);
      const values = await Promise.all(versions.map((version) => find(version).catch(() => undefined)));
      return values.filter((value) => value !== undefined);
    },
    textOf(value) {
      const text = kind.format(value);
      hidden.learn(text);
      return text;
    },
  };
}
