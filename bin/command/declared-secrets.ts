import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { hiddenValues, withoutValues } from '../../functions/secrets/keeper/hide-values.ts';
import { STAGED_LABEL } from '../../functions/secrets/state.ts';
import { Parameter } from '../../schemas/names.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { CommandError } from './exit-codes.ts';

const DAY_MILLISECONDS = 86_400_000;

/** A declared secret as `secret list` shows it. */
export interface ListedSecret {
  readonly name: string;
  /** Null: it is not rotated. */
  readonly kind: string | null;
  readonly current: string | null;
  /** Version that waits for a rotation to take it. */
  readonly staged: string | null;
  readonly lastRotatedAt: string | null;
  readonly nextDueAt: string | null;
}

/** The declared secrets of a deployment: straight at Secrets Manager, so that no value passes through anything else. */
export class DeclaredSecrets {
  readonly #deployment: string;
  readonly #ssm: SSMClient;
  readonly #secrets: SecretsManagerClient;

  constructor(deployment: string, options: { readonly region?: string; readonly profile?: string } = {}) {
    const config = {
      ...(options.region ? { region: options.region } : {}),
      ...(options.profile ? { profile: options.profile } : {}),
    };
    this.#deployment = deployment;
    this.#ssm = new SSMClient(config);
    this.#secrets = new SecretsManagerClient(config);
  }

  async all(): Promise<SecretTarget[]> {
    const targets: SecretTarget[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#ssm.send(
        new GetParametersByPathCommand({
          Path: Parameter.targets(this.#deployment, 'secret'),
          ...(NextToken ? { NextToken } : {}),
        }),
      );
      targets.push(
        ...(page.Parameters ?? []).map(({ Value = '{}' }) => z.parse(SecretTarget, JSON.parse(Value))),
      );
      NextToken = page.NextToken;
    } while (NextToken);
    return targets.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws CommandError with the nearest declared name */
  async find(name: string): Promise<SecretTarget> {
    const targets = await this.all();
    const found = targets.find((target) => target.name === name);
    if (found) return found;
    const names = targets.map((target) => target.name);
    throw new CommandError(`${unknownName('declared secret', name, names)} Nothing was staged.`);
  }

  /** Stores a value under the label of staged ones alone, which it takes from an earlier one. Returns the id of its version. */
  async stage({ secretArn }: SecretTarget, text: string): Promise<string> {
    const hidden = hiddenValues();
    hidden.learn(text);
    try {
      const { VersionId = '' } = await this.#secrets.send(
        new PutSecretValueCommand({ SecretId: secretArn, SecretString: text, VersionStages: [STAGED_LABEL] }),
      );
      return VersionId;
    } catch (error) {
      throw withoutValues(error, hidden);
    }
  }

  async describe({ name, secretArn, rotation, rotateEveryDays }: SecretTarget): Promise<ListedSecret> {
    const {
      VersionIdsToStages = {},
      LastRotatedDate: rotated,
      CreatedDate: made,
    } = await this.#secrets.send(new DescribeSecretCommand({ SecretId: secretArn }));
    const holder = (label: string) =>
      Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(label))?.[0] ?? null;
    const since = (rotated ?? made)?.getTime();
    return {
      name,
      kind: rotation?.kind ?? null,
      current: holder('AWSCURRENT'),
      staged: holder(STAGED_LABEL),
      lastRotatedAt: rotated?.toISOString() ?? null,
      nextDueAt:
        since === undefined || rotateEveryDays === undefined
          ? null
          : new Date(since + rotateEveryDays * DAY_MILLISECONDS).toISOString(),
    };
  }
}
