import { vi } from 'vitest';
import type { startServices } from '../sandbox/services/start-services.ts';

type Services = Awaited<ReturnType<typeof startServices>>;

/** Lets the functions' own clients, which read the environment when they are first used, speak to a test's services. */
export function pointFunctionsAt({ client }: Pick<Services, 'client'>): void {
  const { endpoint, region, credentials } = client;
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
}

/** A table as the stack makes it, its name in the variable by which functions find it. */
export async function createTable(
  services: Pick<Services, 'create'>,
  variable: string,
  keys: readonly string[],
  index?: { readonly name: string; readonly keys: readonly string[] },
): Promise<void> {
  const schema = (names: readonly string[]) =>
    names.map((AttributeName, place) => ({ AttributeName, KeyType: place === 0 ? 'HASH' : 'RANGE' }));
  const { ref } = await services.create(
    'AWS::DynamoDB::Table',
    {
      KeySchema: schema(keys),
      AttributeDefinitions: [...keys, ...(index?.keys ?? [])].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      ...(index === undefined
        ? {}
        : {
            GlobalSecondaryIndexes: [
              {
                IndexName: index.name,
                KeySchema: schema(index.keys),
                Projection: { ProjectionType: 'ALL' },
              },
            ],
          }),
    },
    variable,
  );
  vi.stubEnv(variable, ref);
}

/** What Lambda tells a handler, as far as a step looks at it. */
export const LAMBDA_CONTEXT = { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 } as never;
