import type { Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { invalidCombination } from './errors.ts';
import { identifierOf } from './identifiers.ts';
import { pageOf } from './paging.ts';

const MINUTE = 60_000;
const DEFAULT_MINUTES = 60;

/** For how long RDS remembers. */
const MEMORY_MINUTES = 14 * 24 * 60;

/** DescribeEvents: of the last hour unless told otherwise, oldest first. */
export function eventOperation({ machine, events }: Account): Operation {
  return {
    permissions: () => [{ action: 'rds:DescribeEvents', resource: '*' }],
    handle(input) {
      refuseMembers(input, [
        'SourceIdentifier',
        'SourceType',
        'StartTime',
        'EndTime',
        'Duration',
        'EventCategories',
        'MaxRecords',
        'Marker',
      ]);
      if (input.SourceIdentifier !== undefined && input.SourceType === undefined)
        throw invalidCombination('SourceType must be given with SourceIdentifier.');
      const source = input.SourceIdentifier && identifierOf(input.SourceIdentifier);
      const now = machine.clock.now();
      const end = input.EndTime?.getTime() ?? now;
      const begin = Math.max(
        now - MEMORY_MINUTES * MINUTE,
        input.StartTime?.getTime() ?? end - (input.Duration ?? DEFAULT_MINUTES) * MINUTE,
      );
      const found = events
        .all()
        .filter(
          ({ identifier, sourceType, categories, at }) =>
            at >= begin &&
            at <= end &&
            (source === undefined || identifier === source) &&
            (input.SourceType === undefined || sourceType === input.SourceType) &&
            (input.EventCategories === undefined ||
              categories.some((category) => input.EventCategories.includes(category))),
        );
      const { page, marker } = pageOf(found, input);
      return {
        Events: page.map(({ identifier, sourceType, arn, message, categories, at }) => ({
          SourceIdentifier: identifier,
          SourceType: sourceType,
          SourceArn: arn,
          Message: message,
          EventCategories: categories,
          Date: new Date(at),
        })),
        Marker: marker,
      };
    },
  };
}
