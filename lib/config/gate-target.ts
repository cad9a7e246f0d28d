import type { GatePolicy, GateRequirement } from '../../schemas/gate.ts';
import type { GateConfig } from './gate-schema.ts';

/** A report of a check counts for a day. */
const REPORT_MINUTES = 1440;
/** Readiness is looked at every quarter of an hour; one look may fail. */
const READINESS_MINUTES = 30;

/** What a gate asks for, with everything resolved. */
export function gatePolicy(gate: GateConfig, thresholds: { readonly minimumRequests: number }): GatePolicy {
  const { requires, errorBudget } = gate;
  const requirements = requires.map(
    ({ check, maxAgeMinutes, mayBeUnknown, evenInEmergency }): GateRequirement => ({
      check,
      maxAgeSeconds: Math.round(
        60 * (maxAgeMinutes ?? (check === 'rollback-ready' ? READINESS_MINUTES : REPORT_MINUTES)),
      ),
      mayBeUnknown,
      evenInEmergency,
    }),
  );
  if (errorBudget === undefined) return { requires: requirements };
  const { burnRates, minimumRequests = thresholds.minimumRequests, ...budget } = errorBudget;
  return {
    requires: requirements.some(({ check }) => check === 'error-budget')
      ? requirements
      : [
          ...requirements,
          {
            check: 'error-budget',
            maxAgeSeconds: REPORT_MINUTES * 60,
            mayBeUnknown: false,
            evenInEmergency: false,
          },
        ],
    errorBudget: {
      ...budget,
      minimumRequests,
      burnRates: burnRates.map(({ longMinutes, shortMinutes, rate, verdict }) => ({
        longSeconds: longMinutes * 60,
        shortSeconds: shortMinutes * 60,
        rate,
        verdict,
      })),
    },
  };
}
