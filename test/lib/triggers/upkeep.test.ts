import { Stack } from 'aws-cdk-lib';
import { describe, expect, it, vi } from 'vitest';
import { defineConfig } from '../../../lib/config/define-config.ts';
import { Steps } from '../../../lib/steps/steps.ts';
import { Stores } from '../../../lib/stores/stores.ts';
import { Upkeep } from '../../../lib/triggers/upkeep.ts';
import { matchesPattern } from '../../../sandbox/services/events/match-pattern.ts';
import { everything, ofType, synthesize } from '../synthesize.ts';

// Said here too: what is imported before a helper that says it has loaded the bundling already.
vi.mock('../../../lib/bundling/bundle-functions.ts', () => import('../no-bundles.ts'));

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';

/** Patterns of the rules, by their names. */
function patterns(clusterArns?: readonly string[]) {
  const synthesized = synthesize((app) => {
    const stack = new Stack(app, 'own');
    const config = defineConfig(everything);
    const stores = new Stores(stack, 'Stores', config);
    const steps = new Steps(stack, 'Steps', config, stores);
    new Upkeep(stack, 'Upkeep', {
      steps,
      stores,
      serviceArns: ['arn:aws:ecs:us-east-1:123456789012:service/main/api'],
      stateMachineArns: ['arn:aws:states:us-east-1:123456789012:stateMachine:rollback'],
      ...(clusterArns ? { clusterArns } : {}),
    });
    return stack;
  });
  return new Map(
    ofType(synthesized, 'AWS::Events::Rule').map(([id, { Properties }]) => [
      id.replace(/^Upkeep(.*)[\dA-F]{8}$/, '$1'),
      Properties.EventPattern,
    ]),
  );
}

describe('what wakes a waiting run', () => {
  it('are all events of instances and snapshots', () => {
    const pattern = patterns().get('DatabaseChanged');
    const event = (type: string) => ({
      source: 'aws.rds',
      'detail-type': type,
      resources: [],
      detail: { EventCategories: ['availability'] },
    });
    expect(matchesPattern(pattern, event('RDS DB Instance Event'))).toBe(true);
    expect(matchesPattern(pattern, event('RDS DB Snapshot Event'))).toBe(true);
    expect(matchesPattern(pattern, event('RDS DB Cluster Event'))).toBe(false);
  });

  it('are tasks that stopped in the clusters that are looked after', () => {
    const pattern = patterns([CLUSTER]).get('TaskStopped');
    const event = (clusterArn: string, lastStatus: string) => ({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      detail: { clusterArn, lastStatus },
    });
    expect(matchesPattern(pattern, event(CLUSTER, 'STOPPED'))).toBe(true);
    expect(matchesPattern(pattern, event(CLUSTER, 'RUNNING'))).toBe(false);
    expect(matchesPattern(pattern, event(`${CLUSTER}-other`, 'STOPPED'))).toBe(false);
  });

  it.each([[undefined], [[]]])('are no tasks where there is no cluster', (clusters) => {
    expect([...patterns(clusters).keys()].sort()).toEqual(['DatabaseChanged', 'RunDied', 'ServiceSettled']);
  });
});
