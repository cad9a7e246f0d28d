import { AwsError, type Caller, type Machine } from '../../contract.ts';
import { type AlarmState, comparisons, decideAlarmState, type MissingData } from './alarm-decision.ts';
import { evaluateCompositeRule } from './composite-rule.ts';
import type { MetricStore } from './metric-store.ts';
import { type MetricQuery, periodOf, runQueries } from './query-metrics.ts';

/** Metrics arrive late; an alarm looks at a period this long after it ended (real services take up to a minute or two). */
const METRIC_DELAY_MILLISECONDS = 10_000;
/** CloudWatch looks a little further back than the evaluation periods for real datapoints. */
const EXTRA_PERIODS = 2;
const HISTORY_KEPT = 1000;

/** An alarm as put, with the members of PutMetricAlarm or PutCompositeAlarm. */
// biome-ignore lint/suspicious/noExplicitAny: the members are those of the API, validated by the wire.
export type AlarmDefinition = Record<string, any>;

export interface Alarm {
  readonly definition: AlarmDefinition;
  readonly arn: string;
  readonly composite: boolean;
  state: AlarmState;
  reason: string;
  reasonData: string;
  changedAt: number;
  readonly configuredAt: number;
}

export interface HistoryItem {
  readonly AlarmName: string;
  readonly AlarmType: string;
  readonly Timestamp: Date;
  readonly HistoryItemType: string;
  readonly HistorySummary: string;
  readonly HistoryData: string;
}

export interface Alarms {
  put(definition: AlarmDefinition, composite: boolean): Alarm;
  find(name: string): Alarm;
  all(): Alarm[];
  delete(name: string): void;
  /** Changes the state by hand (SetAlarmState) or by evaluation. */
  setState(alarm: Alarm, state: AlarmState, reason: string, reasonData?: string): void;
  readonly history: HistoryItem[];
  close(): void;
}

/** Keeps alarms and evaluates them on the sandbox's clock. */
export function createAlarms(
  machine: Machine,
  store: MetricStore,
  isMuted: (alarm: Alarm) => boolean,
): Alarms {
  const alarms = new Map<string, Alarm>();
  const cancels = new Map<string, () => void>();
  const history: HistoryItem[] = [];

  function queriesOf(definition: AlarmDefinition): { queries: MetricQuery[]; returned: string } {
    if (definition.Metrics) {
      const queries: MetricQuery[] = definition.Metrics;
      const returned = queries.find(({ ReturnData }) => ReturnData !== false)?.Id;
      if (returned === undefined)
        throw new AwsError('ValidationError', 'Exactly one element of the Metrics list should return data.');
      return { queries, returned };
    }
    const stat = {
      Metric: {
        Namespace: definition.Namespace,
        MetricName: definition.MetricName,
        Dimensions: definition.Dimensions ?? [],
      },
      Period: definition.Period,
      Stat: definition.Statistic ?? definition.ExtendedStatistic,
    };
    return { queries: [{ Id: 'm1', MetricStat: stat }], returned: 'm1' };
  }

  function evaluateMetricAlarm(alarm: Alarm): void {
    const { definition } = alarm;
    const { queries, returned } = queriesOf(definition);
    const period = periodOf(queries) * 1000;
    const end = Math.floor((machine.clock.now() - METRIC_DELAY_MILLISECONDS) / period) * period;
    const range = definition.EvaluationPeriods + EXTRA_PERIODS;
    const series = runQueries(store, queries, end - range * period, end).get(returned) ?? new Map();
    const points = Array.from({ length: range }, (_, index) => series.get(end - (index + 1) * period));
    const compare = comparisons[definition.ComparisonOperator];
    if (!compare)
      throw new AwsError(
        'ValidationError',
        `The sandbox does not know the comparison operator '${definition.ComparisonOperator}'.`,
      );
    const state = decideAlarmState(
      points,
      {
        evaluationPeriods: definition.EvaluationPeriods,
        datapointsToAlarm: definition.DatapointsToAlarm ?? definition.EvaluationPeriods,
        breaches: (value) => compare(value, definition.Threshold),
        missing: (definition.TreatMissingData ?? 'missing') as MissingData,
      },
      alarm.state,
    );
    if (state === alarm.state) return;
    const recent = points.slice(0, definition.EvaluationPeriods).filter((point) => point !== undefined);
    const data = {
      version: '1.0',
      queryDate: new Date(machine.clock.now()).toISOString(),
      startDate: new Date(end - definition.EvaluationPeriods * period).toISOString(),
      period: period / 1000,
      recentDatapoints: recent,
      threshold: definition.Threshold,
    };
    const reason = `Threshold Crossed: ${recent.length} datapoint(s) [${recent.join(', ')}] evaluated with ${definition.ComparisonOperator} (${definition.Threshold}).`;
    setState(
      alarm,
      state,
      state === 'INSUFFICIENT_DATA' ? 'Insufficient Data' : reason,
      JSON.stringify(data),
    );
  }

  function evaluateComposites(): void {
    for (const alarm of alarms.values()) {
      if (!alarm.composite) continue;
      const firing = evaluateCompositeRule(alarm.definition.AlarmRule, (name) => find(name).state);
      const state = firing ? 'ALARM' : 'OK';
      if (state !== alarm.state)
        setState(alarm, state, `${alarm.definition.AlarmName} transitioned to ${state}`, '{}');
    }
  }

  function setState(alarm: Alarm, state: AlarmState, reason: string, reasonData = '{}'): void {
    const previous = {
      value: alarm.state,
      reason: alarm.reason,
      reasonData: alarm.reasonData,
      timestamp: timestamp(alarm.changedAt),
    };
    const old = alarm.state;
    Object.assign(alarm, { state, reason, reasonData, changedAt: machine.clock.now() });
    if (old === state) return;
    const { AlarmName } = alarm.definition;
    history.unshift({
      AlarmName,
      AlarmType: alarm.composite ? 'CompositeAlarm' : 'MetricAlarm',
      Timestamp: new Date(alarm.changedAt),
      HistoryItemType: 'StateUpdate',
      HistorySummary: `Alarm updated from ${old} to ${state}`,
      HistoryData: JSON.stringify({
        version: '1.0',
        oldState: { stateValue: old },
        newState: { stateValue: state, stateReason: reason },
      }),
    });
    history.length = Math.min(history.length, HISTORY_KEPT);
    machine.engines.putEvent({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [alarm.arn],
      detail: {
        alarmName: AlarmName,
        state: { value: state, reason, reasonData, timestamp: timestamp(alarm.changedAt) },
        previousState: previous,
        configuration: alarm.composite
          ? { alarmRule: alarm.definition.AlarmRule }
          : {
              metrics: queriesOf(alarm.definition).queries.map(({ Id, Expression, ReturnData }) => ({
                id: Id,
                expression: Expression,
                returnData: ReturnData ?? true,
              })),
            },
      },
    });
    if (alarm.definition.ActionsEnabled !== false && !isMuted(alarm)) void act(alarm);
    evaluateComposites();
  }

  async function act(alarm: Alarm): Promise<void> {
    const { definition, state } = alarm;
    const actions: string[] =
      (state === 'ALARM'
        ? definition.AlarmActions
        : state === 'OK'
          ? definition.OKActions
          : definition.InsufficientDataActions) ?? [];
    const caller: Caller = { kind: 'service', principal: 'cloudwatch.amazonaws.com', sourceArn: alarm.arn };
    const message = JSON.stringify({
      AlarmName: definition.AlarmName,
      AlarmDescription: definition.AlarmDescription,
      NewStateValue: state,
      NewStateReason: alarm.reason,
      StateChangeTime: timestamp(alarm.changedAt),
    });
    for (const action of actions) {
      try {
        if (action.includes(':sns:'))
          await machine.engines.publish(action, message, {
            caller,
            subject: `${state}: "${definition.AlarmName}"`.slice(0, 100),
          });
        else throw new Error('the sandbox carries out SNS actions only');
      } catch (error) {
        machine.log(
          `cloudwatch: the action ${action} of ${definition.AlarmName} failed: ${(error as Error).message}`,
        );
      }
    }
  }

  function find(name: string): Alarm {
    const alarm = alarms.get(name);
    if (!alarm) throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist.`, { status: 404 });
    return alarm;
  }

  function schedule(alarm: Alarm): void {
    const period = periodOf(queriesOf(alarm.definition).queries) * 1000;
    const name = alarm.definition.AlarmName;
    const now = machine.clock.now();
    // Just after each period's end plus the metric delay.
    const due = Math.ceil((now - METRIC_DELAY_MILLISECONDS) / period) * period + METRIC_DELAY_MILLISECONDS;
    const cancel = machine.clock.after(Math.max(due - now, 1), () => {
      if (alarms.get(name) !== alarm) return;
      try {
        evaluateMetricAlarm(alarm);
      } catch (error) {
        machine.log(`cloudwatch: ${name} could not be evaluated: ${(error as Error).message}`);
      }
      schedule(alarm);
    });
    cancels.set(name, cancel);
  }

  return {
    history,
    find,
    setState,
    all: () => [...alarms.values()],
    put(definition, composite) {
      const name = definition.AlarmName;
      const now = machine.clock.now();
      const alarm: Alarm = {
        definition,
        arn: machine.arn('cloudwatch', `alarm:${name}`),
        composite,
        state: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        reasonData: '{}',
        changedAt: now,
        configuredAt: now,
        ...pickState(alarms.get(name)),
      };
      cancels.get(name)?.();
      alarms.set(name, alarm);
      if (composite) evaluateComposites();
      else schedule(alarm);
      return alarm;
    },
    delete(name) {
      cancels.get(name)?.();
      alarms.delete(name);
    },
    close() {
      for (const cancel of cancels.values()) cancel();
    },
  };
}

/** Putting an alarm again keeps its state. */
function pickState(alarm: Alarm | undefined): Partial<Alarm> {
  return alarm
    ? { state: alarm.state, reason: alarm.reason, reasonData: alarm.reasonData, changedAt: alarm.changedAt }
    : {};
}

/** As CloudWatch writes times in events: `2026-11-21T05:00:00.000+0000`. */
function timestamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}
