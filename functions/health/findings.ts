import type { Finding, Judgement } from '../../schemas/finding.ts';
import { type CheckKind, HANDLED_BY } from './handled-by.ts';

/**
 * A finding of now. It names the runbook that handles it where something was found to be wrong: what is unknown is no reason to do
 * anything but look.
 */
export function finding(kind: CheckKind, check: string, judgement: Judgement, at = new Date()): Finding {
  const { verdict, observed, expected, next } = judgement;
  const runbook = verdict === 'fail' || verdict === 'warn' ? HANDLED_BY[kind] : null;
  return {
    check,
    verdict,
    observed,
    expected,
    ...(next === undefined ? {} : { next }),
    at: at.toISOString(),
    ...(runbook === null ? {} : { runbook }),
  };
}
