import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { JudgedDay } from '../schemas/daily-health.ts';
import { StoresEntry } from '../schemas/deployment.ts';
import { Parameter } from '../schemas/names.ts';
import type { Clients } from './clients.ts';

/** What a daily check has written down: how each target is, and what has changed. */
export async function judgedDay({ ssm }: Pick<Clients, 'ssm'>, runId: string): Promise<JudgedDay> {
  const { Parameter: found } = await ssm.send(
    new GetParameterCommand({ Name: Parameter.stores('nightshift') }),
  );
  const { reportBucket: Bucket } = z.parse(StoresEntry, JSON.parse(found?.Value ?? '{}'));
  const { Body } = await new S3Client({ forcePathStyle: true }).send(
    new GetObjectCommand({ Bucket, Key: `health/${runId}/judged.json` }),
  );
  return z.parse(JudgedDay, JSON.parse((await Body?.transformToString()) ?? ''));
}

/** What is not as it must be: `fail service/api items: roll-back-service`. */
export const problemsOf = ({ targets }: JudgedDay): string[] =>
  targets.flatMap(({ target, bad }) =>
    bad.map(({ verdict, check, runbook = 'a person' }) => `${verdict} ${target} ${check}: ${runbook}`),
  );

/** What has changed since the check before: `mended: service/api`. */
export const changesOf = ({ changes, within }: JudgedDay): string[] => [
  ...changes.map(({ change, targets }) => `${change}: ${targets.join(', ')}`),
  ...within.map(
    ({ target, broken, mended, unknown }) =>
      `within ${target}: ${broken.join(', ')} broken, ${mended.join(', ')} mended, ${unknown.join(', ') || 'nothing'} not known`,
  ),
];
