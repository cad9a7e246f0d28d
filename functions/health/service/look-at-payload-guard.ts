import type { HttpHealth } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { batchOf, bodyOfSize, judgeRefusal, sendOversized } from '../../http/probe/payload-guard.ts';
import type { ProbeSettings } from '../../http/probe/probe.ts';
import { finding } from '../findings.ts';
import type { Part } from '../look-at-all.ts';

/** A list that is too long may be refused for its length or for what it is. */
const BATCH_REFUSALS = [400, 413, 422];

/** Whether too large a body and too long a list are refused (P-07). Only where the configuration asks for it: something is sent. */
export function payloadParts(
  { baseUrl }: Pick<ServiceTarget, 'baseUrl'>,
  payload: HttpHealth['payload'],
  settings: ProbeSettings,
): Part[] {
  if (payload === undefined) return [];
  const { path, bytes, batch } = payload;
  const part = (check: string, sent: string, body: () => Buffer, statuses?: readonly number[]): Part => ({
    kind: 'payload',
    check,
    expected: `${sent} is refused`,
    look: async (signal) => {
      const answer = await sendOversized({ url: `${baseUrl}${path}`, body: body() }, { ...settings, signal });
      return [finding('payload', check, judgeRefusal(answer, sent, statuses))];
    },
  });
  return [
    ...(bytes === undefined
      ? []
      : [part('oversized body', `a body of ${bytes} bytes`, () => bodyOfSize(bytes))]),
    ...(batch === undefined
      ? []
      : [
          part(
            'oversized batch',
            `a list of ${batch.count} items`,
            () => batchOf(batch.item, batch.count, batch.key),
            BATCH_REFUSALS,
          ),
        ]),
  ];
}
