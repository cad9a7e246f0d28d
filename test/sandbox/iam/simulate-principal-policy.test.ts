import { type ContextEntry, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName, startServices } from '../services/start-services.ts';

const ACCOUNT = '123456789012';
const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;
const service = (name: string) => `arn:aws:ecs:us-east-1:${ACCOUNT}:service/main/${name}`;

let services: Awaited<ReturnType<typeof startServices>>;
const clients: IAMClient[] = [];
const connect = (config: ConstructorParameters<typeof IAMClient>[0]) => {
  const client = new IAMClient(config ?? {});
  clients.push(client);
  return client;
};
let administrator: IAMClient;
beforeAll(async () => {
  services = await startServices([]);
  administrator = connect(services.client);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await services.close();
});

let roles = 0;
function roleWith(...Statement: unknown[]): string {
  const name = `role-${roles++}`;
  services.policies.addRole({ arn: arnOf(name), name, trust: { Statement: [] } });
  services.policies.attach(name, { name: 'own', document: { Statement } });
  return arnOf(name);
}
const ask = (
  PolicySourceArn: string,
  ActionNames: string[],
  ResourceArns?: string[],
  ContextEntries?: ContextEntry[],
  client = administrator,
) =>
  client.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames,
      ...(ResourceArns ? { ResourceArns } : {}),
      ...(ContextEntries ? { ContextEntries } : {}),
    }),
  );
const update = (name: string, more: object = {}) => ({
  Effect: 'Allow',
  Action: 'ecs:UpdateService',
  Resource: service(name),
  ...more,
});

describe('SimulatePrincipalPolicy', () => {
  test('answers one result for each action, and in it one for each resource', async () => {
    const role = roleWith(update('api'), { ...update('web'), Effect: 'Deny' });
    const { EvaluationResults, IsTruncated } = await ask(
      role,
      ['ecs:UpdateService', 'ecs:DeleteService'],
      [service('api'), service('web'), service('jobs')],
    );
    expect(IsTruncated).toBe(false);
    const found = EvaluationResults?.map(({ EvalActionName, EvalDecision, ResourceSpecificResults }) => [
      EvalActionName,
      EvalDecision,
      ResourceSpecificResults?.map(({ EvalResourceDecision }) => EvalResourceDecision),
    ]);
    expect(found).toEqual([
      ['ecs:UpdateService', 'explicitDeny', ['allowed', 'explicitDeny', 'implicitDeny']],
      ['ecs:DeleteService', 'implicitDeny', ['implicitDeny', 'implicitDeny', 'implicitDeny']],
    ]);
  });

  test('knows the context that it is told, and says what it was not told', async () => {
    const cluster = `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/main`;
    const role = roleWith(update('api', { Condition: { ArnEquals: { 'ecs:cluster': cluster } } }));
    const decide = async (entries?: ContextEntry[]) => {
      const { EvaluationResults } = await ask(role, ['ecs:UpdateService'], [service('api')], entries);
      const [result] = EvaluationResults?.[0]?.ResourceSpecificResults ?? [];
      return [result?.EvalResourceDecision, result?.MissingContextValues];
    };
    expect(await decide()).toEqual(['implicitDeny', ['ecs:cluster']]);
    const entry = (value: string): ContextEntry => ({
      ContextKeyName: 'ecs:cluster',
      ContextKeyValues: [value],
      ContextKeyType: 'string',
    });
    expect(await decide([entry(cluster)])).toEqual(['allowed', []]);
    expect(await decide([entry(`${cluster}-2`)])).toEqual(['implicitDeny', []]);
  });

  test('knows no role that is not there', async () => {
    expect(await errorName(ask(arnOf('gone'), ['ecs:UpdateService']))).toBe('NoSuchEntityException');
  });

  test.each([
    ['an entity', 'nobody', 'ecs:UpdateService'],
    ['an action', arnOf('role-0'), 'UpdateService'],
  ])('refuses what is not %s', async (_what, role, action) => {
    expect(await errorName(ask(role, [action]))).toBe('InvalidInputException');
  });

  test('needs a permission for the role that it is asked about', async () => {
    const role = roleWith(update('api'));
    const may = { Effect: 'Allow', Action: 'iam:SimulatePrincipalPolicy', Resource: role };
    const simulator = connect(services.clientOf('simulator', [may]));
    await ask(role, ['ecs:UpdateService'], ['*'], undefined, simulator);
    expect(await errorName(ask(roleWith(), ['ecs:UpdateService'], ['*'], undefined, simulator))).toBe(
      'AccessDenied',
    );
  });
});
