import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';

interface Described {
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly tier: string;
  readonly changedAt: number;
}

/**
 * Which parameters there are, without their values. The sandbox looks them up by their names only.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
 */
export function describeParameters(
  all: () => Iterable<Described>,
  arnOf: (name: string) => string,
): Operation {
  return {
    permissions: () => [{ action: 'ssm:DescribeParameters', resource: '*' }],
    handle(input) {
      refuseMembers(input, ['ParameterFilters', 'MaxResults', 'NextToken']);
      const filters: ReadonlyArray<{ Key: string; Option?: string; Values?: string[] }> =
        input.ParameterFilters ?? [];
      const unknown = filters.find(({ Key, Option = 'Equals' }) => Key !== 'Name' || Option !== 'Equals');
      if (unknown)
        throw new AwsError(
          'UnsupportedOperation',
          `The sandbox does not filter parameters by ${unknown.Key} ${unknown.Option ?? ''}.`,
          { status: 501 },
        );
      const found = [...all()].filter(({ name }) =>
        filters.every(({ Values = [] }) => Values.includes(name)),
      );
      const { page, nextToken } = paginate(found, input.NextToken, input.MaxResults ?? 50);
      return {
        Parameters: page.map(({ name, type, version, tier, changedAt }) => ({
          Name: name,
          ARN: arnOf(name),
          Type: type,
          Version: version,
          Tier: tier,
          LastModifiedDate: new Date(changedAt),
        })),
        NextToken: nextToken,
      };
    },
  };
}
