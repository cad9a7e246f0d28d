import { paginateQuery } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { ReportedCheck, reportedChecksId } from '../../schemas/gate.ts';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from '../run/documents.ts';

/** What was reported of a service, by check. What cannot be read as a report is none. */
export async function readReportedChecks(service: string): Promise<ReadonlyMap<string, ReportedCheck>> {
  const reports = new Map<string, ReportedCheck>();
  const pages = paginateQuery(
    { client: dynamodb() },
    {
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: toItem({ ':id': reportedChecksId(service) }),
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages)
    for (const item of Items) {
      const report = z.safeParse(ReportedCheck, fromItem(item));
      if (report.success) reports.set(report.data.check, report.data);
    }
  return reports;
}
