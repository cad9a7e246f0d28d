import type { ProbeAnswer } from './probe/probe.ts';
import { GOOD_STATUS, sayValue } from './say-value.ts';

/**
 * Why the body of an answer of a health path does not say that the service is ready, or undefined when it does (P-01): a JSON status of
 * ok or healthy, every entry of a `checks` object ready. A body without JSON may be empty or a word for it; HTML never is. The status is
 * judged apart: some answer 503 or 207 and say why in their body.
 */
export function whyNotReady(answer: Pick<ProbeAnswer, 'body' | 'truncated'>): string | undefined {
  if (answer.truncated) return 'answered far more than a health check needs; this is not a health answer';
  const text = answer.body.trim();
  if (text.startsWith('<')) return 'answered HTML instead of a health status';
  if (text === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return GOOD_STATUS.has(text.toLowerCase()) ? undefined : 'answered a text that is not a health status';
  }
  if (typeof parsed !== 'object' || parsed === null) return 'answered JSON that is not an object';
  const { status, checks } = parsed as { status?: unknown; checks?: unknown };
  if (status !== undefined && !isReady(status)) return `says its status is ${sayValue(status)}`;
  const failing = Object.entries(typeof checks === 'object' && checks !== null ? checks : {}).filter(
    ([, value]) => !isReady(value),
  );
  return failing.length > 0 ? `is not ready: ${failing.map(([name]) => name).join(', ')}` : undefined;
}

/** Whether a value says that something is ready: a word for it, true, or an object whose `status` says so. */
export function isReady(value: unknown): boolean {
  if (value === true) return true;
  if (typeof value === 'string') return GOOD_STATUS.has(value.toLowerCase());
  if (typeof value === 'object' && value !== null && 'status' in value) return isReady(value.status);
  return false;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
