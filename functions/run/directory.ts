import {
  GetParameterCommand,
  GetParametersByPathCommand,
  SSMClient,
  type Parameter as SystemsManagerParameter,
} from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { PolicyEntry, RunbookEntry } from '../../schemas/deployment.ts';
import { Parameter } from '../../schemas/names.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import { PreflightEntry } from '../../schemas/preflight/entry.ts';
import { ServiceTarget, Target } from '../../schemas/target.ts';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { InvalidInput, NeedsHuman } from '../errors.ts';

/** The Systems Manager client of this container. */
export const systemsManager = client(SSMClient);

async function parameter(name: string): Promise<string | undefined> {
  try {
    const { Parameter: found } = await systemsManager().send(new GetParameterCommand({ Name: name }));
    return found?.Value;
  } catch (error) {
    if ((error as Error).name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

/**
 * The declared target of that name.
 *
 * @throws InvalidInput with the nearest declared name
 */
export async function readTarget(kind: Target['kind'], name: string): Promise<Target> {
  const deployment = environment('deployment');
  const text = /^[\w.-]+$/.test(name) ? await parameter(Parameter.target(deployment, kind, name)) : undefined;
  if (text !== undefined) return z.parse(Target, JSON.parse(text));
  throw new InvalidInput(
    `${unknownName(`declared ${kind}`, name, await targetNames(deployment, kind))} Nothing was changed.`,
  );
}

/** The declared service of that name; see {@link readTarget}. */
export async function readService(name: string): Promise<ServiceTarget> {
  return z.parse(ServiceTarget, await readTarget('service', name));
}

async function targetNames(deployment: string, kind: Target['kind']): Promise<string[]> {
  const path = Parameter.targets(deployment, kind);
  return (await parametersUnder(path)).map(({ Name = '' }) => Name.slice(path.length));
}

/** Every declared target of a kind. */
export async function readTargets(kind: Target['kind']): Promise<Target[]> {
  const parameters = await parametersUnder(Parameter.targets(environment('deployment'), kind));
  return parameters.map(({ Value = '{}' }) => z.parse(Target, JSON.parse(Value)));
}

/** Every declared target of a kind, for what must not stop at one that cannot be read, because another version wrote it, say. */
export async function findTargets(kind: Target['kind']): Promise<{ targets: Target[]; unread: string[] }> {
  const path = Parameter.targets(environment('deployment'), kind);
  const found: { targets: Target[]; unread: string[] } = { targets: [], unread: [] };
  for (const { Name = '', Value = '' } of await parametersUnder(path)) {
    const name = Name.slice(path.length);
    const target = targetOf(Value);
    if (target?.kind === kind && target.name === name) found.targets.push(target);
    else found.unread.push(name);
  }
  return found;
}

function targetOf(text: string): Target | undefined {
  try {
    return z.parse(Target, JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function parametersUnder(path: string): Promise<SystemsManagerParameter[]> {
  const found: SystemsManagerParameter[] = [];
  let token: string | undefined;
  do {
    const page = await systemsManager().send(
      new GetParametersByPathCommand({ Path: path, ...(token ? { NextToken: token } : {}) }),
    );
    found.push(...(page.Parameters ?? []));
    token = page.NextToken;
  } while (token);
  return found;
}

/** @throws NeedsHuman where the stack's parameter is gone: without its rules no run may go on */
export async function readPolicy(): Promise<PolicyEntry> {
  const name = Parameter.policy(environment('deployment'));
  const text = await parameter(name);
  if (text === undefined)
    throw new NeedsHuman(
      `The parameter ${name} with the rules for runs is gone. Nothing was changed. Deploy the Nightshift stack again.`,
    );
  return z.parse(PolicyEntry, JSON.parse(text));
}

/**
 * What the releases of a declared service are held to.
 *
 * @throws NeedsHuman where the stack's parameter is gone: nobody knows then what a release must be like
 */
export async function readPreflight(service: string): Promise<PreflightEntry> {
  const name = Parameter.preflight(environment('deployment'), service);
  const text = await parameter(name);
  if (text === undefined)
    throw new NeedsHuman(
      `The parameter ${name} with what releases of ${service} are held to is gone. Nothing was changed. Deploy the Nightshift stack again.`,
    );
  return z.parse(PreflightEntry, JSON.parse(text));
}

/** @throws NeedsHuman where this deployment has no such runbook */
export async function readRunbook(name: string): Promise<RunbookEntry> {
  const text = await parameter(Parameter.runbook(environment('deployment'), name));
  if (text === undefined)
    throw new NeedsHuman(
      `This deployment has no runbook ${name}. Nothing was changed. Deploy the Nightshift stack again.`,
    );
  return z.parse(RunbookEntry, JSON.parse(text));
}

/** Whether runs may go beyond their plan. A switch that cannot be read as `on` stops everything. */
export async function switchIsOn(): Promise<boolean> {
  return (await parameter(Parameter.killSwitch(environment('deployment')))) === 'on';
}
