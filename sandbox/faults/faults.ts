import type { FaultRule, Faults } from '../contract.ts';
import { matchesWildcard } from '../wildcard.ts';

const EFFECT = /^(error:[\w.]+|throttle|timeout|timeout-after|repeat|lose|late:\d+)$/;
const ALLOWED = 'error:CODE, throttle, timeout, timeout-after, repeat, late:SECONDS or, for events, lose';

/** What services do over minutes, after they have answered the call, and how each of it can end. */
const LIFECYCLES: Readonly<Record<string, readonly string[]>> = {
  'rds-lifecycle:snapshot': ['fail', 'hang'],
  'rds-lifecycle:restore': ['fail', 'storage-full', 'hang'],
  'rds-lifecycle:rename': ['fail', 'hang'],
  'elasticache-lifecycle:modify': ['fail', 'hang'],
};
const LIFECYCLE = /^(rds|elasticache)-lifecycle:/;

/** What readers may see later than the change of a secret's labels or values that they read. */
const SECRET_READERS = ['secrets-manager:stale-reads', 'secrets-manager:stale-labels'];

/**
 * Reads `ecs:UpdateService=timeout-after` or, with occurrences, `ecs:UpdateService#1,2=throttle`.
 *
 * @throws RangeError that says what is allowed
 */
export function parseFault(text: string): FaultRule {
  const [, call, occurrences, effect] = /^([^=#]+)(?:#([1-9]\d*(?:,[1-9]\d*)*))?=(.+)$/.exec(text) ?? [];
  if (call === undefined || effect === undefined) {
    throw new RangeError(
      `'${text}' is not a fault. Write SERVICE:CALL[#OCCURRENCES]=EFFECT with an effect of ${ALLOWED}.`,
    );
  }
  const rule = { call, effect, ...(occurrences ? { occurrences: occurrences.split(',').map(Number) } : {}) };
  checkRule(rule);
  return rule;
}

/** An event has nobody who waits for its answer, so it can only be lost, late or repeated; a call cannot be lost (`timeout`). */
function checkRule({ call, effect }: FaultRule): void {
  if (call.startsWith('secrets-manager:')) {
    checkReaderRule(call, effect);
    return;
  }
  if (LIFECYCLE.test(call)) {
    checkLifecycleRule(call, effect);
    return;
  }
  const known =
    EFFECT.test(effect) &&
    (call.startsWith('events:')
      ? /^(lose|repeat|late)/.test(effect)
      : effect !== 'lose' && !(call.startsWith('lambda:') && effect.startsWith('late')));
  if (!known)
    throw new RangeError(`'${effect}' is not an effect that a fault of '${call}' can have: ${ALLOWED}.`);
}

/** @throws RangeError unless it is about what readers of secrets see late */
function checkReaderRule(call: string, effect: string): void {
  if (!SECRET_READERS.some((subject) => matchesWildcard(call, subject)))
    throw new RangeError(
      `'${call}' is none of ${SECRET_READERS.join(', ')}. Calls of Secrets Manager begin with 'secretsmanager:'.`,
    );
  if (!/^late:\d+$/.test(effect))
    throw new RangeError(`'${effect}' is not an effect that a fault of '${call}' can have: late:SECONDS.`);
}

/** @throws RangeError unless everything that the pattern means can end like that */
function checkLifecycleRule(call: string, effect: string): void {
  const meant = Object.keys(LIFECYCLES).filter((subject) => matchesWildcard(call, subject));
  if (meant.length === 0) throw new RangeError(`'${call}' is none of ${Object.keys(LIFECYCLES).join(', ')}.`);
  for (const subject of meant) {
    const effects = LIFECYCLES[subject] as readonly string[];
    if (!effects.includes(effect)) {
      throw new RangeError(
        `'${effect}' is not an effect that a fault of '${subject}' can have: ${effects.join(', ')}.`,
      );
    }
  }
}

/**
 * Keeps the fault rules and counts, for each, the calls that matched it.
 *
 * @throws RangeError for a rule whose effect does not exist
 */
export function createFaults(rules: readonly FaultRule[] = []): Faults {
  const active: Array<{ rule: FaultRule; seen: number }> = [];
  const add = (rule: FaultRule) => {
    checkRule(rule);
    const entry = { rule, seen: 0 };
    active.push(entry);
    return () => {
      const index = active.indexOf(entry);
      if (index >= 0) active.splice(index, 1);
    };
  };
  for (const rule of rules) add(rule);
  return {
    add,
    next(subject) {
      let effect: string | undefined;
      for (const entry of active) {
        if (!matchesWildcard(entry.rule.call, subject)) continue;
        entry.seen += 1;
        const due = entry.rule.occurrences?.includes(entry.seen) ?? true;
        if (due && effect === undefined) effect = entry.rule.effect;
      }
      return effect;
    },
  };
}
