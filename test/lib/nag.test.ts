import { App, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it, vi } from 'vitest';
import { Nightshift } from '../../lib/nightshift.ts';
import config from '../../nightshift.config.ts';
import { DemoStack } from '../../rehearsal/demo-stack.ts';

vi.mock('../../lib/bundling/bundle-functions.ts', () => import('./no-bundles.ts'));

describe('cdk-nag AwsSolutions', () => {
  it.each([
    ['in a stack of its own', (app: App) => new Nightshift(new Stack(app, 'own'), 'Nightshift', config)],
    [
      'in the stack of a team, beside its services',
      (app: App) => new DemoStack(app, 'team').node.findChild('Nightshift'),
    ],
  ])('finds nothing %s', (_, place) => {
    const app = new App();
    const report = new AwsSolutionsChecks(app, { verbose: true }).validateScope(place(app));
    expect(
      report.violations.map(
        ({ ruleName, violatingResources }) =>
          `${ruleName}: ${violatingResources.map(({ constructPath }) => constructPath).join(', ')}`,
      ),
    ).toEqual([]);
    expect(report.success).toBe(true);
  });
});
