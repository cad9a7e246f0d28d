import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Clients } from './clients.ts';

/** What a team can see of its secrets by hand. */
export class TeamSecrets {
  readonly #clients: Pick<Clients, 'secrets' | 'lambda'>;

  constructor(clients: Pick<Clients, 'secrets' | 'lambda'>) {
    this.#clients = clients;
  }

  /** Version that has a label; undefined where none has. */
  async version(secret: string, label = 'AWSCURRENT'): Promise<string | undefined> {
    const { VersionIdsToStages = {} } = await this.#clients.secrets.send(
      new DescribeSecretCommand({ SecretId: secret }),
    );
    return Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(label))?.[0];
  }

  /** A value, parsed; for comparisons within a rehearsal alone. */
  async read(secret: string, label = 'AWSCURRENT'): Promise<Record<string, unknown>> {
    const { SecretString = '{}' } = await this.#clients.secrets.send(
      new GetSecretValueCommand({ SecretId: secret, VersionStage: label }),
    );
    return JSON.parse(SecretString) as Record<string, unknown>;
  }

  /** Leaves a value for a rotation to take, as `nightshift secret stage` does. */
  async stage(secret: string, value: object, label: string): Promise<void> {
    await this.#clients.secrets.send(
      new PutSecretValueCommand({
        SecretId: secret,
        SecretString: JSON.stringify(value),
        VersionStages: [label],
      }),
    );
  }

  /** Lets a function read a secret no more, by a part of its name. */
  async keepFrom(secret: string, part: string): Promise<void> {
    const { Functions = [] } = await this.#clients.lambda.send(new ListFunctionsCommand({ MaxItems: 200 }));
    const role = Functions.find(({ FunctionName }) => FunctionName?.includes(part))?.Role;
    if (role === undefined) throw new Error(`There is no function ${part}.`);
    const Statement = [
      { Effect: 'Deny', Principal: { AWS: role }, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    ];
    await this.#clients.secrets.send(
      new PutResourcePolicyCommand({
        SecretId: secret,
        ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
  }

  /** Takes back what {@link keepFrom} has done. */
  async keepFromNobody(secret: string): Promise<void> {
    await this.#clients.secrets.send(new DeleteResourcePolicyCommand({ SecretId: secret }));
  }
}
