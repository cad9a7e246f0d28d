import type { Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import type { Executions } from './executions.ts';
import { countMapRun, type MapRun } from './map-run.ts';

const summary = (run: MapRun) => ({
  mapRunArn: run.arn,
  executionArn: run.parent.arn,
  startDate: new Date(run.startedAt),
  ...(run.stoppedAt === undefined ? {} : { stopDate: new Date(run.stoppedAt) }),
});

/** What tells of Map Runs. */
export function mapRunOperations(executions: Executions): Record<string, Operation> {
  return {
    ListMapRuns: {
      permissions: ({ executionArn }) => [{ action: 'states:ListMapRuns', resource: executionArn }],
      handle(input) {
        const runs = executions.mapRuns.of(executions.find(input.executionArn).arn);
        const { page, nextToken } = paginate(runs, input.nextToken, input.maxResults || 100, 'InvalidToken');
        return {
          mapRuns: page.map((run) => ({ ...summary(run), stateMachineArn: run.stateMachine.arn })),
          nextToken,
        };
      },
    },
    DescribeMapRun: {
      permissions: ({ mapRunArn }) => [{ action: 'states:DescribeMapRun', resource: mapRunArn }],
      handle(input) {
        const run = executions.mapRuns.find(input.mapRunArn);
        return {
          ...summary(run),
          status: run.status,
          maxConcurrency: run.maxConcurrency,
          toleratedFailureCount: run.tolerance.count ?? 0,
          toleratedFailurePercentage: run.tolerance.percentage ?? 0,
          itemCounts: countMapRun(run, 'items'),
          executionCounts: countMapRun(run, 'executions'),
          redriveCount: 0,
        };
      },
    },
  };
}
