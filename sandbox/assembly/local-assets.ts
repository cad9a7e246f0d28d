import { existsSync } from 'node:fs';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/** How templates point to an object in the asset bucket: `Code` of a function, `DefinitionS3Location` of a state machine. */
const POINTERS: ReadonlyArray<readonly [bucket: string, key: string]> = [
  ['S3Bucket', 'S3Key'],
  ['Bucket', 'Key'],
];

/**
 * Replaces pointers to file assets by `{ LocalPath }`: the sandbox has no asset bucket, the files lie in the assembly. Pointers
 * to other objects stay.
 *
 * @throws Error when the asset was not staged
 */
export function localAssets(value: Any, assets: ReadonlyMap<string, string>): Any {
  if (Array.isArray(value)) return value.map((item) => localAssets(item, assets));
  if (typeof value !== 'object' || value === null) return value;
  for (const [bucket, key] of POINTERS) {
    const path = typeof value[bucket] === 'string' ? assets.get(value[key]) : undefined;
    if (path === undefined) continue;
    if (!existsSync(path)) throw new Error(`the asset ${path} is not in the assembly; synthesize it again`);
    return { LocalPath: path };
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, localAssets(item, assets)]));
}
