import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: templates and manifests are JSON.
type Any = any;

/** One stack of a cloud assembly. */
export interface AssemblyStack {
  readonly name: string;
  readonly template: Any;
  /** S3 object key of a file asset → its local path. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Reads a cloud assembly (`cdk.out`): its stacks in the order of their dependencies, those of nested assemblies (stages) first.
 *
 * @throws Error when the folder is no cloud assembly
 * @see https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
 */
export function readAssembly(folder: string): AssemblyStack[] {
  const manifestFile = join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) {
    throw new Error(
      `${folder} is not a cloud assembly: it has no manifest.json. Synthesize the app first (npx cdk synth).`,
    );
  }
  const artifacts: Record<string, Any> = readJson(manifestFile).artifacts ?? {};
  const ofType = (type: string) => Object.values(artifacts).filter((artifact) => artifact.type === type);
  const nested = ofType('cdk:cloud-assembly').flatMap((artifact) =>
    readAssembly(join(folder, artifact.properties.directoryName)),
  );
  const assets = new Map(
    ofType('cdk:asset-manifest').flatMap((artifact) => readAssets(folder, artifact.properties.file)),
  );
  const own = inOrderOfDependency(artifacts)
    .filter((id) => artifacts[id].type === 'aws:cloudformation:stack')
    .map((id) => ({
      name: artifacts[id].properties.stackName ?? id,
      template: readJson(join(folder, artifacts[id].properties.templateFile)),
      assets,
    }));
  return [...nested, ...own];
}

function readAssets(folder: string, file: string): Array<[key: string, path: string]> {
  const files: Any[] = Object.values(readJson(join(folder, file)).files ?? {});
  return files.flatMap(({ source, destinations }) =>
    Object.values<Any>(destinations ?? {}).map(({ objectKey }): [string, string] => [
      objectKey,
      join(folder, source.path ?? ''),
    ]),
  );
}

function inOrderOfDependency(artifacts: Readonly<Record<string, Any>>): string[] {
  const order = new Set<string>();
  const visiting = new Set<string>();
  const visit = (id: string) => {
    if (order.has(id) || visiting.has(id) || artifacts[id] === undefined) return;
    visiting.add(id);
    for (const dependency of artifacts[id].dependencies ?? []) visit(dependency);
    order.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return [...order];
}

function readJson(file: string): Any {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} of the cloud assembly cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
