import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { client } from '../clients.ts';

const logs = client(CloudWatchLogsClient);
/** Pages that are read, each of at most a mebibyte or ten thousand lines, and some of them empty. */
const MOST_PAGES = 20;

/**
 * When lines that contain a text were written. The text is taken as it is: in quotation marks nothing in it has a meaning of its own.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export async function findLines(
  {
    logGroup,
    line,
    from,
    to,
  }: { readonly logGroup: string; readonly line: string; readonly from: Date; readonly to: Date },
  signal: AbortSignal,
): Promise<{ times: Date[]; complete: boolean }> {
  const times: Date[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { events = [], nextToken } = await logs().send(
      new FilterLogEventsCommand({
        logGroupName: logGroup,
        filterPattern: `"${line}"`,
        startTime: from.getTime(),
        // The end is exclusive.
        endTime: to.getTime() + 1,
        ...(next === undefined ? {} : { nextToken: next }),
      }),
      { abortSignal: signal },
    );
    times.push(...events.flatMap(({ timestamp }) => (timestamp === undefined ? [] : [new Date(timestamp)])));
    if (nextToken === undefined) return { times, complete: true };
    next = nextToken;
  }
  return { times, complete: false };
}
