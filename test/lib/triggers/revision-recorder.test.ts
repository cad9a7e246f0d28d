import { expect, it, vi } from 'vitest';
import { api, ofType, synthesizeConfig } from '../synthesize.ts';

// Said here too: what is imported before a helper that says it has loaded the bundling already.
vi.mock('../../../lib/bundling/bundle-functions.ts', () => import('../no-bundles.ts'));

it('pages where it could not be seen whether a release is good', () => {
  const synthesized = synthesizeConfig({ services: { api } });
  const [machine] = ofType(synthesized, 'AWS::StepFunctions::StateMachine').find(
    ([, { Properties }]) => Properties.StateMachineName === 'nightshift-record-good-revision',
  ) as [string, unknown];
  const alarm = ofType(synthesized, 'AWS::CloudWatch::Alarm')
    .map(([, { Properties }]) => Properties)
    .find(({ AlarmName }) => AlarmName === 'nightshift-recorder-fails');
  expect(alarm).toMatchObject({
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsFailed',
    Dimensions: [{ Name: 'StateMachineArn', Value: { Ref: machine } }],
    Threshold: 1,
    TreatMissingData: 'notBreaching',
  });
  expect(alarm.AlarmActions).toHaveLength(1);
  expect(alarm.AlarmDescription).toContain('nightshift-itself.md');
});
