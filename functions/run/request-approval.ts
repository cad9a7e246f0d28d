import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { type StepTools, step } from '../step.ts';
import { audit } from './audit-log.ts';
import { readPolicy } from './directory.ts';
import { dynamodb, toItem } from './documents.ts';
import { updateRecord } from './run-record.ts';

const Input = z.object({ run: Run, plan: Plan, taskToken: z.string() });
type Input = z.infer<typeof Input>;
const Output = z.object({ requested: z.boolean() });

const sns = client(SNSClient);

/** Asks a person to approve the plan. The answer comes with `nightshift approve`, which answers the task token. */
export const handler = step({
  name: 'request-approval',
  phase: 'approve',
  input: Input,
  output: Output,
  run: request,
});

async function request({ run, plan, taskToken }: Input, tools: StepTools): Promise<{ requested: boolean }> {
  const { approvalTimeoutMinutes } = await readPolicy();
  const requestedAt = new Date();
  const expiresAt = new Date(requestedAt.getTime() + approvalTimeoutMinutes * 60_000);
  await dynamodb().send(
    new PutItemCommand({
      TableName: environment('runTable'),
      Item: toItem({ id: run.id, sort: 'approval', taskToken, planHash: plan.hash }),
    }),
  );
  await updateRecord(run.id, {
    phase: 'approve',
    approval: {
      planHash: plan.hash,
      requestedAt: requestedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    },
  });
  await audit(
    run.id,
    tools,
    'wait',
    `Waits for approval of the plan ${plan.hash.slice(0, 12)} until ${expiresAt.toISOString()}.`,
  );
  const message = [
    `${run.runbook} on ${plan.target} waits for your approval.`,
    '',
    plan.summary,
    '',
    `nightshift approve ${run.id} --plan ${plan.hash.slice(0, 12)}`,
    `nightshift reject ${run.id}`,
    '',
    `It lapses at ${expiresAt.toISOString()}.`,
  ].join('\n');
  await sns().send(
    new PublishCommand({
      TopicArn: environment('pageTopic'),
      Subject: `Approve? ${run.runbook} on ${plan.target}`.slice(0, 100),
      Message: message,
    }),
  );
  return { requested: true };
}
