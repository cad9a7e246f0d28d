export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'notBreaching' | 'breaching' | 'ignore';

export const comparisons: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * Decides an alarm's state from the newest datapoints.
 *
 * @param points newest first, one per period of the evaluation range; undefined where no data came
 * @param rule M out of N: `datapointsToAlarm` of `evaluationPeriods`
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data
 */
export function decideAlarmState(
  points: ReadonlyArray<number | undefined>,
  rule: {
    evaluationPeriods: number;
    datapointsToAlarm: number;
    breaches: (value: number) => boolean;
    missing: MissingData;
  },
  current: AlarmState,
): AlarmState {
  const real = points.filter((point) => point !== undefined);
  // With as many real datapoints in the range as the alarm evaluates, the newest of them decide and missing data do not count.
  if (real.length >= rule.evaluationPeriods) {
    return real.slice(0, rule.evaluationPeriods).filter(rule.breaches).length >= rule.datapointsToAlarm
      ? 'ALARM'
      : 'OK';
  }
  if (real.length === 0) {
    if (rule.missing === 'breaching') return 'ALARM';
    if (rule.missing === 'notBreaching') return 'OK';
    return rule.missing === 'ignore' ? current : 'INSUFFICIENT_DATA';
  }
  const lacking = rule.evaluationPeriods - real.length;
  const breaching = real.filter(rule.breaches).length + (rule.missing === 'breaching' ? lacking : 0);
  if (breaching >= rule.datapointsToAlarm) return 'ALARM';
  if (rule.missing === 'breaching' || rule.missing === 'notBreaching') return 'OK';
  if (!real.every(rule.breaches)) return 'OK';
  // CloudWatch waits for data that may yet come, but not past the age at which they would have been enough for an alarm.
  const oldest = points.findLastIndex((point) => point !== undefined);
  return rule.missing === 'missing' && oldest + 1 >= rule.datapointsToAlarm ? 'ALARM' : current;
}
