import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { RunRecord } from '../../schemas/run.ts';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { type ReportInput, renderMarkdown } from '../report/markdown.ts';
import { renderNotice } from '../report/notice.ts';
import { renderTimeline } from '../report/timeline.ts';
import { readAuditLog } from './audit-log.ts';
import { type Decision, needsPage } from './decide-outcome.ts';
import { updateRecord } from './run-record.ts';

const s3 = client(S3Client);
const sns = client(SNSClient);

/** Writes the report and tells people. Shared by `close-run` and by the reaper of runs that could not close themselves. */
export async function finishRun(record: RunRecord, decision: Decision, transitions: number): Promise<string> {
  const entries = await readAuditLog(record.run.id);
  const folder = `reports/${record.run.runbook}/${record.run.id}`;
  const bucket = environment('reportBucket');
  const input: ReportInput = {
    record,
    entries,
    transitions,
    page: `${environment('runbookPages')}${record.run.runbook}.md`,
  };
  const files: Array<[string, string, string]> = [
    ['report.md', 'text/markdown; charset=utf-8', renderMarkdown(input)],
    ['report.json', 'application/json', JSON.stringify({ ...record, audit: entries }, null, 2)],
    ['timeline.svg', 'image/svg+xml', renderTimeline(input)],
  ];
  await Promise.all(
    files.map(([name, ContentType, Body]) =>
      s3().send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}/${name}`, ContentType, Body })),
    ),
  );
  const report = `s3://${bucket}/${folder}/`;
  await updateRecord(record.run.id, { report });
  const notice = renderNotice({ ...record, report });
  const topics = [environment('noticeTopic')];
  const { run, acted, quiet = false } = record;
  if (needsPage(decision, { quiet, acted, dryRun: run.dryRun, triggerKind: run.trigger.kind }))
    topics.push(environment('pageTopic'));
  await Promise.all(
    topics.map((TopicArn) =>
      sns().send(new PublishCommand({ TopicArn, Subject: notice.subject, Message: notice.message })),
    ),
  );
  return report;
}
