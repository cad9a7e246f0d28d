import type { Run } from '../../schemas/run.ts';
import type { PlannedSecret } from './rotation-state.ts';
import type { Standing } from './standing.ts';
import type { RotationRecord } from './state.ts';

const DAY_MILLISECONDS = 86_400_000;

/** What a record is made of. */
export interface Recorded {
  readonly secret: PlannedSecret;
  readonly run: Pick<Run, 'id' | 'trigger' | 'override'>;
  readonly compromised: boolean;
  readonly standing: Standing;
  /** Records of earlier rotations, newest first; one of this run is among them where this is done again. */
  readonly earlier: readonly RotationRecord[];
  /** Where the value before was put back. */
  readonly returned: { readonly bad: string; readonly at: string; readonly wasCurrent: boolean } | undefined;
  readonly adoptedAt: string | null;
  readonly retiredAt: string | undefined;
  readonly now: Date;
}

/** The line of the rotation record (P-45); undefined where nothing was rotated that could be recorded. */
export function composeRecord(from: Recorded): RotationRecord | undefined {
  const { secret, earlier, returned, standing } = from;
  if (returned !== undefined) {
    // What never became current replaced nothing.
    if (!returned.wasCurrent) return undefined;
    const known = earlier.find(({ version }) => version === returned.bad);
    return { ...(known ?? newRecord(from, returned.bad, returned.at)), undoneAt: returned.at };
  }
  if (secret.does === 'undo' || standing.why !== undefined) return undefined;
  const versions = [standing.version, secret.does === 'rotate' ? secret.token : secret.current];
  const known = earlier.find(({ version }) => versions.includes(version));
  // A secret that was never rotated has nothing to record.
  if (known === undefined && secret.does === 'finish' && secret.previous === null) return undefined;
  const record = {
    ...(known ?? newRecord(from, standing.version, standing.since)),
    version: standing.version,
  };
  return { ...record, ...proof(record, from) };
}

function newRecord(
  { secret, run }: Pick<Recorded, 'secret' | 'run'>,
  version: string,
  rotatedAt: string,
): RotationRecord {
  const { kind, by } = run.trigger;
  const due = secret.rotateEveryDays;
  return {
    secret: secret.name,
    run: run.id,
    rotatedAt,
    by: secret.does === 'rotate' ? (by ?? kind) : 'Secrets Manager, or a run that died',
    ...(run.override === undefined ? {} : { reason: run.override }),
    replaced: (secret.does === 'finish' ? secret.previous : secret.current) ?? 'none',
    version,
    ...(due === null
      ? {}
      : { nextDueAt: new Date(Date.parse(rotatedAt) + due * DAY_MILLISECONDS).toISOString() }),
  };
}

/** When it was proved, and what becomes of the value before. */
function proof(
  record: RotationRecord,
  { secret, adoptedAt, retiredAt, compromised, now }: Recorded,
): Partial<RotationRecord> {
  const adopted = record.adoptedAt ?? adoptedAt ?? undefined;
  // What is known to others is due at once, even though this run could not prove that nobody needs it.
  const retireAt =
    record.retireAt ??
    (compromised
      ? now.toISOString()
      : adopted === undefined
        ? undefined
        : new Date(Date.parse(adopted) + secret.overlapSeconds * 1000).toISOString());
  return {
    ...(adopted === undefined ? {} : { adoptedAt: adopted }),
    ...(retireAt === undefined ? {} : { retireAt }),
    ...(retiredAt === undefined ? {} : { retiredAt }),
  };
}
