import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { Deployment } from '../../bin/command/aws.ts';
import { createClients } from '../../rehearsal/clients.ts';
import type { Demo } from '../../rehearsal/start-demo.ts';
import { HealthList, JudgedDay, type KeptDay } from '../../schemas/daily-health.ts';
import { StoresEntry } from '../../schemas/deployment.ts';
import { CheckReport } from '../../schemas/health.ts';
import { Parameter } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';

const DEPLOYMENT = 'nightshift';
const LATEST = 'health/latest.json';

/** The check of one target, as its Map Run tells of it. */
export interface OneCheck {
  readonly status: string;
  readonly begun: number;
  readonly ended: number;
  readonly report: CheckReport;
}

/** A daily check that has ended, with all that it left. */
export interface DailyCheck {
  readonly record: RunRecord;
  readonly report: string;
  readonly history: readonly HistoryEvent[];
  readonly judged: JudgedDay;
  readonly checks: readonly OneCheck[];
  /** Everything in the report bucket → its size in bytes. */
  readonly kept: ReadonlyMap<string, number>;
}

/**
 * Runs the daily check, and reads what it left. The sandbox's time passes meanwhile as on the wall, so that its times are those of this machine.
 *
 * @param before the check of the day before, where there is to be one
 */
export async function runDailyCheck({ sandbox }: Demo, before?: KeptDay): Promise<DailyCheck> {
  const s3 = new S3Client({ forcePathStyle: true });
  const bucket = await reportBucket();
  if (before !== undefined)
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: LATEST, Body: JSON.stringify(before) }));
  const deployment = new Deployment(DEPLOYMENT);
  const entry = await deployment.runbook('daily-health-check');
  const worked = sandbox.clock.work();
  const { arn } = await deployment.start(entry, '{}');
  const record = await deployment.follow(arn, () => {}).finally(worked);
  if (record === undefined) throw new Error('The daily check left no record.');
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  };
  const history = await deployment.history(arn);
  const { prefix } = z.parse(HealthList, record.plan?.observed.list);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return {
    record,
    report: (await deployment.report(record)).get('report.md')?.toString('utf8') ?? '',
    history,
    judged: z.parse(JudgedDay, await read(`${prefix}/judged.json`)),
    checks: await readChecks(history, read),
    kept: new Map(Contents.map(({ Key = '', Size = 0 }) => [Key, Size])),
  };
}

async function reportBucket(): Promise<string> {
  const { Parameter: found } = await createClients().ssm.send(
    new GetParameterCommand({ Name: Parameter.stores(DEPLOYMENT) }),
  );
  return z.parse(StoresEntry, JSON.parse(found?.Value ?? '{}')).reportBucket;
}

const Manifest = z.object({ ResultFiles: z.record(z.string(), z.array(z.object({ Key: z.string() }))) });
const Result = z.object({
  Status: z.string(),
  StartDate: z.string(),
  StopDate: z.string(),
  Output: z.string(),
});

/** What the Map state has written, by what the state after it was given. */
async function readChecks(
  history: readonly HistoryEvent[],
  read: (key: string) => Promise<unknown>,
): Promise<OneCheck[]> {
  const entered = history.find(
    ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === 'judge-health',
  );
  const state = JSON.parse(entered?.stateEnteredEventDetails?.input ?? '{}');
  const manifest = z.parse(Manifest, await read(state.checks?.ResultWriterDetails?.Key));
  const checks: OneCheck[] = [];
  for (const { Key } of Object.values(manifest.ResultFiles).flat())
    for (const { Status, StartDate, StopDate, Output } of z.parse(z.array(Result), await read(Key)))
      checks.push({
        status: Status,
        begun: Date.parse(StartDate),
        ended: Date.parse(StopDate),
        report: z.parse(CheckReport, JSON.parse(Output)),
      });
  return checks;
}
