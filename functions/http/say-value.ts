/** Words for "it is well" in answers of health paths. */
export const GOOD_STATUS: ReadonlySet<string> = new Set(['ok', 'healthy', 'up', 'ready', 'alive', 'pass']);
/** And for the contrary. */
const OTHER_STATUS: ReadonlySet<string> = new Set([
  ...['down', 'degraded', 'unhealthy', 'unavailable', 'not ready', 'starting', 'stopping', 'draining'],
  ...['fail', 'failed', 'failing', 'failure', 'error', 'broken', 'critical', 'warn', 'warning', 'unknown'],
]);

/**
 * A value of an answer's body, for a report: numbers, true and false, and words that health answers use. Any other text may be somebody's
 * data, so only its length is told; of an object or a list nothing is.
 */
export function sayValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value);
  if (GOOD_STATUS.has(value.toLowerCase()) || OTHER_STATUS.has(value.toLowerCase()))
    return JSON.stringify(value);
  const { length } = [...value];
  return `a text of ${length} character${length === 1 ? '' : 's'}`;
}
