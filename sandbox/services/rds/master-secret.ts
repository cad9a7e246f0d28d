import { randomBytes, randomUUID } from 'node:crypto';
import type { KeptSecret } from '../../contract.ts';
import type { Account } from './account.ts';
import type { Instance } from './model.ts';

/** RDS makes passwords of 28 characters; these are of letters and digits. */
export const newMasterPassword = (): string => randomBytes(14).toString('hex');

/**
 * Keeps the master user's password in Secrets Manager, as RDS does when it manages it. The secret has user and password
 * only: where the instance answers is not in it.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
export function keepMasterSecret(
  { machine }: Account,
  { identifier, masterUsername }: Pick<Instance, 'identifier' | 'masterUsername'>,
  password: string,
): KeptSecret {
  return machine.engines.keepSecret(
    `rds!db-${randomUUID()}`,
    JSON.stringify({ username: masterUsername, password }),
    {
      description: `Secret associated with primary RDS DB instance: ${machine.arn('rds', `db:${identifier}`)}`,
      owningService: 'rds',
    },
  );
}
