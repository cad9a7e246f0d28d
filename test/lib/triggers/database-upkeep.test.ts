import { describe, expect, it } from 'vitest';
import { api, everything, ofType, synthesizeConfig } from '../synthesize.ts';

const synthesized = synthesizeConfig(everything);
const alarms = ofType(synthesized, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
const named = (name: string) => alarms.find(({ AlarmName }) => AlarmName === name);

describe('what looks after databases', () => {
  it('pages when no drill has passed for as long as the configuration says', () => {
    expect(named('nightshift-main-no-drill-passed')).toMatchObject({
      Namespace: 'Nightshift',
      MetricName: 'DaysSinceDrillPassed',
      Dimensions: [
        { Name: 'database', Value: 'main' },
        { Name: 'service', Value: 'nightshift' },
      ],
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 100,
    });
    expect(named('nightshift-main-no-drill-passed').AlarmActions).toHaveLength(1);
    expect(named('nightshift-main-no-drill-passed').AlarmDescription).toContain('restore-drill.md');
  });

  it.each(['nightshift-drill-watch-fails', 'nightshift-leftover-sweeper-fails'])(
    'pages when it fails itself: %s',
    (name) => {
      expect(named(name)).toMatchObject({ MetricName: 'Errors', Threshold: 1 });
      expect(named(name).AlarmActions).toHaveLength(1);
    },
  );

  it('may page: the topic lets each of these alarms publish', () => {
    const [policy] = ofType(synthesized, 'AWS::SNS::TopicPolicy').flatMap(([, { Properties }]) =>
      JSON.stringify(Properties).includes('cloudwatch.amazonaws.com') ? [JSON.stringify(Properties)] : [],
    );
    for (const [id, { Properties }] of ofType(synthesized, 'AWS::CloudWatch::Alarm'))
      if (Properties.AlarmActions !== undefined) expect(policy).toContain(`"${id}"`);
  });

  it('costs a team without databases nothing: no function, no schedule, no alarm, no runbook', () => {
    const bare = synthesizeConfig({ services: { api } });
    const ids = Object.keys(bare.resources).filter((id) =>
      /DatabaseUpkeep|SnapshotDatabase|RestoreDatabase|RestoreDrill|RecoverMigration|TakeManifest|NameInstance/.test(
        id,
      ),
    );
    expect(ids).toEqual([]);
    expect(ofType(bare, 'AWS::StepFunctions::StateMachine').length).toBeLessThan(
      ofType(synthesized, 'AWS::StepFunctions::StateMachine').length,
    );
  });
});
