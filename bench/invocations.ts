import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Sandbox } from '../sandbox/contract.ts';

/** What Lambda reports of one invocation. */
export interface Invocation {
  readonly milliseconds: number;
  readonly billedMilliseconds: number;
  /** As configured, and the most that its environment has used so far. */
  readonly megabytes: number;
  readonly usedMegabytes: number;
  /** Of a new environment alone. */
  readonly startMilliseconds: number | undefined;
}

const REPORT =
  /Duration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: (\d+) MB\tMax Memory Used: (\d+) MB(?:\tInit Duration: ([\d.]+) ms)?/;
/** How the CDK names the log group of the steps' functions, and a function in the name of its stream; eight digits are its own. */
const LOGS = /^NightshiftSteps\w*Logs[0-9A-F]{8}$/;
const STREAM = /NightshiftSteps(\w+?)Function[0-9A-F]/;

/** All invocations so far of the steps' functions, by the name of the step: `CheckService`. Those that were not invoked are left out. */
export async function invocations(sandbox: Sandbox, stack: string): Promise<Map<string, Invocation[]>> {
  const logs = new CloudWatchLogsClient({});
  const found = new Map<string, Invocation[]>();
  for (const [id, logGroupName] of Object.entries(sandbox.resources[stack] ?? {})) {
    if (!LOGS.test(id)) continue;
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName, filterPattern: '"REPORT RequestId"', limit: 10_000 }),
    );
    for (const { logStreamName = '', message = '' } of events) {
      const step = STREAM.exec(logStreamName)?.[1];
      const invocation = read(message);
      if (step === undefined || invocation === undefined) continue;
      found.set(step, [...(found.get(step) ?? []), invocation]);
    }
  }
  return found;
}

function read(line: string): Invocation | undefined {
  const [, duration, billed, size, used, start] = REPORT.exec(line) ?? [];
  if (duration === undefined) return undefined;
  return {
    milliseconds: Number(duration),
    billedMilliseconds: Number(billed),
    megabytes: Number(size),
    usedMegabytes: Number(used),
    startMilliseconds: start === undefined ? undefined : Number(start),
  };
}
