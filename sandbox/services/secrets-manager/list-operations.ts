import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { checkFilters, type Filter, passesFilters } from './filters.ts';
import { seenVersions } from './label-views.ts';
import { readSecretValue } from './read-value.ts';
import type { Secret } from './secret.ts';
import { showSecret } from './show-secret.ts';
import { showValue } from './value-operations.ts';
import { labelsByVersion } from './versions.ts';

const LARGEST_PAGE = 100;
const LARGEST_BATCH = 20;

/** Operations on many secrets at once. */
export function listOperations(account: Account): Record<string, Operation> {
  const { machine } = account;
  const everywhere = (action: string) => ({ action: `secretsmanager:${action}`, resource: '*' });

  function passing(filters: readonly Filter[] | undefined): Secret[] {
    checkFilters(filters ?? []);
    return [...account.secrets.values()].filter((secret) => passesFilters(secret, filters ?? []));
  }

  return {
    ListSecrets: {
      permissions: () => [everywhere('ListSecrets')],
      handle(input) {
        const found = passing(input.Filters).filter(
          ({ deletion }) => deletion === undefined || input.IncludePlannedDeletion,
        );
        const sorted = found.toSorted(orderOf(input.SortBy ?? 'created-date'));
        const { page, nextToken } = paginate(
          input.SortOrder === 'desc' ? sorted.toReversed() : sorted,
          input.NextToken,
          input.MaxResults ?? LARGEST_PAGE,
          'InvalidNextTokenException',
        );
        return {
          SecretList: page.map((secret) => ({
            ...showSecret(secret),
            SecretVersionsToStages: labelsByVersion(
              seenVersions(secret, 'stale-labels', machine.clock.now()),
            ),
          })),
          NextToken: nextToken,
        };
      },
    },
    BatchGetSecretValue: {
      permissions: (input) => [
        everywhere('BatchGetSecretValue'),
        ...(input.Filters ? [everywhere('ListSecrets')] : []),
      ],
      handle(input, { caller }) {
        refuseMembers(input, ['SecretIdList', 'Filters', 'MaxResults', 'NextToken']);
        const ids: string[] | undefined = input.SecretIdList;
        if ((ids === undefined) === (input.Filters === undefined))
          throw new AwsError(
            'InvalidParameterException',
            'Either SecretIdList or Filters must be provided, but not both.',
          );
        if (ids !== undefined && (ids.length < 1 || ids.length > LARGEST_BATCH || input.MaxResults))
          throw new AwsError(
            'InvalidParameterException',
            `SecretIdList has between 1 and ${LARGEST_BATCH} secrets, and goes without MaxResults.`,
          );
        const { page, nextToken } = paginate(
          ids ??
            passing(input.Filters)
              .filter(({ deletion }) => deletion === undefined)
              .map(({ arn }) => arn),
          input.NextToken,
          input.MaxResults ?? LARGEST_BATCH,
          'InvalidNextTokenException',
        );
        const SecretValues: unknown[] = [];
        const Errors: unknown[] = [];
        for (const id of page) {
          try {
            SecretValues.push(showValue(readSecretValue(account, caller, { id })));
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
          }
        }
        return { SecretValues, Errors, NextToken: nextToken };
      },
    },
  };
}

type Order = (one: Secret, other: Secret) => number;
const accessedAt = ({ versions }: Secret) =>
  Math.max(0, ...[...versions.values()].map((version) => version.accessedAt ?? 0));
const orders: Readonly<Record<string, Order>> = {
  'created-date': (one, other) => one.createdAt - other.createdAt,
  'last-changed-date': (one, other) => one.changedAt - other.changedAt,
  'last-accessed-date': (one, other) => accessedAt(one) - accessedAt(other),
  name: (one, other) => (one.name < other.name ? -1 : 1),
};

function orderOf(name: string): Order {
  const order = orders[name];
  if (order) return order;
  throw new AwsError('InvalidParameterException', `'${name}' is not a way to sort secrets.`);
}
