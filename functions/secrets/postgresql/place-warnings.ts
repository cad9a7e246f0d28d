import type { DatabaseConnection } from '../../../schemas/database-connection.ts';
import type { Credential } from './credential.ts';

/** Consumers may connect where the secret says; we connect where it is declared. */
export function placeWarnings(
  { fields }: Credential,
  { name, host, port, database }: Pick<DatabaseConnection, 'name' | 'host' | 'port' | 'database'>,
): string[] {
  const other = [
    ...(fields.host !== undefined && fields.host !== host ? ['host'] : []),
    ...(fields.port !== undefined && String(fields.port) !== String(port) ? ['port'] : []),
    ...(fields.dbname !== undefined && fields.dbname !== database ? ['dbname'] : []),
  ];
  return other.length === 0
    ? []
    : [
        `The secret says another ${other.join(' and ')} than what is declared for ${name}; it is kept as it is.`,
      ];
}
