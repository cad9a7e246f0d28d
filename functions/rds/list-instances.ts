import { type DBInstance, paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import { rds } from './client.ts';
import { tagsOf } from './tags.ts';

/** What is needed of an instance to tell who has which name. */
export interface ListedInstance {
  readonly identifier: string;
  readonly arn: string;
  /** Stays when the instance is renamed. */
  readonly resourceId: string;
  readonly status: string;
  /** The name that it is about to get; null when it keeps its own. */
  readonly becomes: string | null;
  /** Null while it has no endpoint. */
  readonly endpoint: { readonly host: string; readonly port: number } | null;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * All DB instances of the account in this region. A swap asks for all of them: while names move, a question for one name
 * is answered with whoever has it at that moment, or with nobody.
 */
export async function listInstances(): Promise<ListedInstance[]> {
  const listed: ListedInstance[] = [];
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds() }, {}))
    listed.push(...DBInstances.map(listedInstance));
  return listed;
}

/** An instance of RDS's answer. */
export function listedInstance(instance: DBInstance): ListedInstance {
  const { Endpoint: endpoint } = instance;
  return {
    identifier: instance.DBInstanceIdentifier ?? '',
    arn: instance.DBInstanceArn ?? '',
    resourceId: instance.DbiResourceId ?? '',
    status: instance.DBInstanceStatus ?? '',
    becomes: instance.PendingModifiedValues?.DBInstanceIdentifier ?? null,
    endpoint:
      endpoint?.Address === undefined || endpoint.Port === undefined
        ? null
        : { host: endpoint.Address, port: endpoint.Port },
    tags: tagsOf(instance.TagList),
  };
}
