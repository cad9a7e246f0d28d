import { AwsError, type Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account, PendingTokens, ReplicationGroup } from './account.ts';
import { checkToken, type Strategy, tokensAfter } from './auth-tokens.ts';
import { describeGroup, groupArn } from './describe.ts';

const SECOND = 1000;
/** How long ElastiCache takes to bring a token to all nodes, in sandbox milliseconds: of the size that its customers see. */
const TOKEN_UPDATE = 60 * SECOND;
/** How often a modification that hangs looks whether it still does. */
const HANG = 60 * SECOND;

/** ModifyReplicationGroup, for tokens. Nothing waits long enough for a maintenance window here: what is not applied immediately stays pending. */
export function modifyOperation(account: Account): Operation {
  const { machine, closing } = account;

  async function apply(group: ReplicationGroup, pending: PendingTokens): Promise<void> {
    const { signal } = closing;
    let effect = machine.faults.next('elasticache-lifecycle:modify');
    while (effect === 'hang') {
      await machine.clock.sleep(HANG, signal);
      effect = machine.faults.next('elasticache-lifecycle:modify');
    }
    await machine.clock.sleep(TOKEN_UPDATE / 2, signal);
    if (effect !== 'fail') {
      const finished = machine.clock.work();
      try {
        await group.server.setTokens(pending.tokens);
      } finally {
        finished();
      }
      group.tokens = pending.tokens;
      group.tokensChangedAt = machine.clock.now();
      // The new tokens are good on the first node before all have them.
      await machine.clock.sleep(TOKEN_UPDATE / 2, signal);
    }
  }

  function begin(group: ReplicationGroup, pending: PendingTokens): void {
    group.status = 'modifying';
    void apply(group, pending)
      .catch((error) => {
        if (!closing.signal.aborted) machine.log(`elasticache: ${group.identifier}: ${error.message}`);
      })
      .finally(() => {
        group.pending = undefined;
        group.status = 'available';
      });
  }

  return {
    permissions: ({ ReplicationGroupId: identifier }) => [
      {
        action: 'elasticache:ModifyReplicationGroup',
        resource: groupArn(account, identifier.toLowerCase()),
        conditions: resourceTags(account, identifier),
      },
    ],
    handle(input: {
      ReplicationGroupId: string;
      AuthToken?: string;
      AuthTokenUpdateStrategy?: Strategy;
      ApplyImmediately?: boolean;
    }) {
      refuseMembers(input, [
        'ReplicationGroupId',
        'AuthToken',
        'AuthTokenUpdateStrategy',
        'ApplyImmediately',
      ]);
      const group = account.group(input.ReplicationGroupId);
      const { AuthToken: token, AuthTokenUpdateStrategy: strategy = 'ROTATE' } = input;
      if (token === undefined) {
        if (input.AuthTokenUpdateStrategy !== undefined && strategy !== 'DELETE')
          throw new AwsError(
            'InvalidParameterCombinationException',
            'AuthTokenUpdateStrategy must be specified with AuthToken.',
          );
        throw new AwsError('InvalidParameterCombinationException', 'No modifications were requested.');
      }
      if (group.status !== 'available')
        throw new AwsError(
          'InvalidReplicationGroupStateFault',
          'Replication group must be in available state to modify.',
        );
      checkToken(token);
      const pending = {
        // DELETE does not come this far.
        strategy: strategy as 'ROTATE' | 'SET',
        tokens: tokensAfter(group.tokens, token, strategy),
      };
      group.pending = pending;
      if (input.ApplyImmediately) begin(group, pending);
      return { ReplicationGroup: describeGroup(account, group) };
    },
  };
}

/** What policies ask about the resource; nothing where it is not there, which must look the same to whoever may not see it. */
export function resourceTags(account: Account, identifier: string): Record<string, string> {
  const tags = account.groups.get(identifier.toLowerCase())?.tags ?? {};
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
