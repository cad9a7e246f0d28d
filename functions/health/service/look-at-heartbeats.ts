import type { Heartbeat } from '../../../schemas/health.ts';
import { findLines } from '../../logs/find-lines.ts';
import { finding } from '../findings.ts';
import type { Part } from '../look-at-all.ts';
import { judgeHeartbeat } from './judge-heartbeat.ts';

/** Lines can be found some seconds after they were written. */
const LATE_SECONDS = 30;

/** Lines that have to come again and again (P-03). */
export function heartbeatParts(heartbeats: readonly Heartbeat[]): Part[] {
  return heartbeats.map(({ name, logGroup, line, intervalSeconds, lookBackSeconds }) => {
    const check = `heartbeat: ${name}`;
    const expected = `a line every ${intervalSeconds} s`;
    return {
      kind: 'heartbeat',
      check,
      expected,
      look: async (signal) => {
        const to = new Date(Date.now() - LATE_SECONDS * 1000);
        const from = new Date(to.getTime() - lookBackSeconds * 1000);
        try {
          const { times, complete } = await findLines({ logGroup, line, from, to }, signal);
          return [
            finding('heartbeat', check, judgeHeartbeat(times, { from, to, intervalSeconds }, complete)),
          ];
        } catch (error) {
          if ((error as Error).name !== 'ResourceNotFoundException') throw error;
          // Nothing was ever written, or not there: that tells nothing of what should have written it.
          const observed = `there is no log group ${logGroup}`;
          return [finding('heartbeat', check, { verdict: 'unknown', observed, expected })];
        }
      },
    };
  });
}
