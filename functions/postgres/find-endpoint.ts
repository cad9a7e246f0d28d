import type { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { describeInstance } from '../rds/describe-instance.ts';

type Endpoint = Pick<DatabaseTarget, 'host' | 'port'>;

/**
 * Where an RDS instance answers, from RDS itself: a host that somebody has typed would be told a password.
 *
 * @throws PreconditionFailed when it is not there, has no endpoint yet, or is no PostgreSQL
 */
export async function findEndpoint(identifier: string): Promise<Endpoint> {
  const instance = await describeInstance(identifier);
  if (instance === undefined)
    throw new PreconditionFailed(
      `There is no RDS instance "${identifier}" in this account and region. Nothing was changed. Look at its name: aws rds describe-db-instances.`,
      { instance: identifier },
    );
  const { Engine = '', DBInstanceStatus, Endpoint } = instance;
  if (!/postgres/.test(Engine))
    throw new PreconditionFailed(
      `The RDS instance "${identifier}" is no PostgreSQL (its engine is ${Engine}). No connection was made, and nothing was changed.`,
      { instance: identifier, engine: Engine },
    );
  if (Endpoint?.Address === undefined || Endpoint.Port === undefined)
    throw new PreconditionFailed(
      `The RDS instance "${identifier}" has no endpoint yet (it is ${DBInstanceStatus}). No connection was made, and nothing was changed. Start the runbook again when it is available.`,
      { instance: identifier, status: DBInstanceStatus },
    );
  return { host: Endpoint.Address, port: Endpoint.Port };
}
