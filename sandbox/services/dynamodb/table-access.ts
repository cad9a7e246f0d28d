import type { Permission } from '../../contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: the request is what the client sent.
type Any = any;

/** Which tables and indexes a raw DynamoDB request touches, as IAM sees it. */
export function tablePermissions(
  operation: string,
  request: Any,
  arnOf: (table: string) => string,
): Permission[] {
  const action = (name: string, table: string, index?: string): Permission => ({
    action: `dynamodb:${name}`,
    resource: `${arnOf(table)}${index === undefined ? '' : `/index/${index}`}`,
  });
  if (operation === 'BatchWriteItem' || operation === 'BatchGetItem') {
    return Object.keys(request.RequestItems ?? {}).map((table) => action(operation, table));
  }
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  return [action(operation, request.TableName ?? '', request.IndexName)];
}
