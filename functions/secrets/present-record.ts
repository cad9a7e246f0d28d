import type { RotationRecord, SecretSituation } from './state.ts';

/** The record of the rotation that made current what is; null where none is kept: Secrets Manager rotated it, or a run that died. */
export function presentRecord({
  record,
  current,
  lastRotatedAt,
}: Pick<SecretSituation, 'record' | 'current' | 'lastRotatedAt'>): RotationRecord | null {
  if (record === null) return null;
  if (record.undoneAt === undefined) return record.version === current ? record : null;
  // Taken back: the value before it is current, unless it was rotated again since.
  return lastRotatedAt === null || Date.parse(lastRotatedAt) <= Date.parse(record.undoneAt) ? record : null;
}

/**
 * Consumers whose tasks were given a value before the current one became current, while nobody has proved that they got that. ECS gives
 * values when tasks start, and never again.
 */
export function staleConsumers(
  found: Pick<SecretSituation, 'record' | 'current' | 'lastRotatedAt' | 'previous' | 'consumers'>,
): string[] {
  const { previous, lastRotatedAt, consumers } = found;
  const record = presentRecord(found);
  if (record?.adoptedAt !== undefined || record?.undoneAt !== undefined) return [];
  if (previous === null || lastRotatedAt === null) return [];
  return consumers.flatMap(({ name, injected, desired, deployedAt }) =>
    injected && desired > 0 && deployedAt !== null && Date.parse(deployedAt) < Date.parse(lastRotatedAt)
      ? [name]
      : [],
  );
}
