import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { readRecord } from '../run/run-record.ts';
import { logger } from '../step/observability.ts';
import { step } from '../step.ts';
import { deleteInstance } from './delete-instance.ts';
import { judgeLeftover } from './judge-leftover.ts';
import { listInstances } from './list-instances.ts';

const Input = z.unknown();
const Output = z.object({ deleted: z.array(z.string()), failed: z.array(z.string()) });
type Output = z.infer<typeof Output>;

const sns = client(SNSClient);

/** Deletes the instances that dead runs have left behind: they cost money, and hold a copy of production's data. */
export const handler = step({
  name: 'sweep-leftovers',
  phase: 'act',
  input: Input,
  output: Output,
  run: sweep,
});

async function sweep(): Promise<Output> {
  const deployment = environment('deployment');
  const now = new Date();
  const deleted: string[] = [];
  const failed: string[] = [];
  for (const { identifier, tags, status } of await listInstances()) {
    const verdict = judgeLeftover({ tags, status }, deployment, now);
    if (!verdict.remove) continue;
    // A run that is still going on looks after its own.
    const record = await readRecord(verdict.run);
    if (record !== undefined && record.closedAt === undefined) continue;
    try {
      await deleteInstance(identifier);
      deleted.push(identifier);
    } catch (error) {
      // One that cannot be deleted now must not keep the others; the next sweep tries again.
      logger.error('a leftover could not be deleted', { instance: identifier, error: (error as Error).name });
      failed.push(identifier);
    }
  }
  if (deleted.length > 0)
    await sns().send(
      new PublishCommand({
        TopicArn: environment('noticeTopic'),
        Subject: `Swept: ${deleted.length} leftover database ${deleted.length === 1 ? 'instance' : 'instances'}`,
        Message: `Deleted because the run that made them has ended and their time was over: ${deleted.join(', ')}. They were copies; no original was touched.`,
      }),
    );
  return { deleted, failed };
}
