import type { DatabaseConnection } from '../../../schemas/database-connection.ts';

/** The database of a service as it is stored with it. */
export const aDatabaseConnection = (name: string): DatabaseConnection => ({
  kind: 'database',
  name,
  instance: name,
  host: 'localhost',
  port: 5432,
  database: 'app',
  secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
  migrations: 'none',
});
