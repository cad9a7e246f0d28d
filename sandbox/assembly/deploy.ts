import { createHash } from 'node:crypto';
import type { CreatedResource, Machine, Resource, ResourceProvider } from '../contract.ts';
import { checkTemplates } from './check-template.ts';
import { creationOrder } from './creation-order.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import { evaluateCondition, resolveIntrinsics, type Scope } from './intrinsics.ts';
import { localAssets } from './local-assets.ts';
import { checkGivenParameters, parameterValues } from './parameters.ts';
import type { AssemblyStack } from './read-assembly.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

export interface DeployedStacks {
  /** Stack → output → value. */
  readonly outputs: Record<string, Record<string, string>>;
  /** Stack → logical id → `Ref`. */
  readonly resources: Record<string, Record<string, string>>;
}

/**
 * Creates the resources of all stacks, each after what it refers to.
 *
 * @param given values of template parameters by name
 * @throws Error naming everything that the sandbox does not know, before anything is created; or the resource that failed
 */
export async function deploy(
  stacks: readonly AssemblyStack[],
  providers: ReadonlyMap<string, ResourceProvider>,
  machine: Machine,
  given: Readonly<Record<string, string>>,
): Promise<DeployedStacks> {
  checkTemplates(stacks, providers);
  checkGivenParameters(stacks, given);
  const exported = new Map<string, Any>();
  const deployed: DeployedStacks = { outputs: {}, resources: {} };
  for (const stack of stacks) {
    const created = new Map<string, CreatedResource>();
    const parameters = await parameterValues(stack, given, (name) =>
      machine.engines.readParameter(name, { caller: { kind: 'administrator' } }),
    );
    const scope = stackScope(stack, machine, parameters, created, exported);
    const definitions = stack.template.Resources ?? {};
    for (const logicalId of creationOrder(stack.name, definitions)) {
      const definition = definitions[logicalId];
      const provider = providers.get(definition.Type);
      if (!provider || (definition.Condition && !scope.condition(definition.Condition))) continue;
      created.set(logicalId, await create(stack, logicalId, definition, provider, scope, machine));
    }
    deployed.resources[stack.name] = Object.fromEntries([...created].map(([id, { ref }]) => [id, ref]));
    deployed.outputs[stack.name] = resolveOutputs(stack, scope, exported);
  }
  return deployed;
}

async function create(
  stack: AssemblyStack,
  logicalId: string,
  definition: Any,
  provider: ResourceProvider,
  scope: Scope,
  machine: Machine,
): Promise<CreatedResource> {
  try {
    const resolved = resolveIntrinsics(definition.Properties ?? {}, scope);
    const properties = localAssets(await resolveDynamicReferences(resolved, machine.engines), stack.assets);
    return await provider.create(describeResource(stack, logicalId, definition.Type, properties));
  } catch (error) {
    throw new Error(
      `${stack.name}/${logicalId} (${definition.Type}) could not be created: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function resolveOutputs(
  stack: AssemblyStack,
  scope: Scope,
  exported: Map<string, Any>,
): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, output] of Object.entries<Any>(stack.template.Outputs ?? {})) {
    if (output.Condition && !scope.condition(output.Condition)) continue;
    const value = resolveIntrinsics(output.Value, scope);
    outputs[name] = value;
    if (output.Export) exported.set(resolveIntrinsics(output.Export.Name, scope), value);
  }
  return outputs;
}

function stackScope(
  stack: AssemblyStack,
  machine: Machine,
  parameters: ReadonlyMap<string, Any>,
  created: ReadonlyMap<string, CreatedResource>,
  exported: ReadonlyMap<string, Any>,
): Scope {
  const { template } = stack;
  const pseudo = new Map<string, Any>([
    ['AWS::AccountId', machine.account],
    ['AWS::Region', machine.region],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stack.name],
    ['AWS::StackId', machine.arn('cloudformation', `stack/${stack.name}/${fingerprint(stack.name)}`)],
    ['AWS::NotificationARNs', []],
  ]);
  const scope: Scope = {
    mappings: template.Mappings,
    ref(name) {
      const value = pseudo.get(name) ?? parameters.get(name) ?? created.get(name)?.ref;
      if (value === undefined)
        throw new Error(`'${name}' is not a resource that the stack created, nor a parameter.`);
      return value;
    },
    attribute(logicalId, name) {
      const value = created.get(logicalId)?.attributes?.[name];
      if (value === undefined) throw new Error(`'${logicalId}' has no attribute '${name}' in the sandbox.`);
      return value;
    },
    importValue(name) {
      if (!exported.has(name)) throw new Error(`No stack before ${stack.name} exports '${name}'.`);
      return exported.get(name);
    },
    condition(name) {
      const expression = template.Conditions?.[name];
      if (expression === undefined) throw new Error(`${stack.name} has no condition '${name}'.`);
      return evaluateCondition(expression, scope);
    },
  };
  return scope;
}

function describeResource(stack: AssemblyStack, logicalId: string, type: string, properties: Any): Resource {
  return {
    logicalId,
    type,
    stack: stack.name,
    properties,
    physicalName(maximumLength = 255) {
      const suffix = fingerprint(`${stack.name}/${logicalId}`).toUpperCase();
      return `${`${stack.name}-${logicalId}`.slice(0, maximumLength - suffix.length - 1)}-${suffix}`;
    },
  };
}

/** Twelve digits that differ from name to name and stay the same from start to start. */
function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
