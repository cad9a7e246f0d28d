import type { Plan } from '../../schemas/run.ts';
import type { RotationDecision } from './decide-rotation.ts';
import type { PlannedSecret } from './rotation-state.ts';
import type { SecretSituation } from './state.ts';

const DAY_MILLISECONDS = 86_400_000;
/** Whether these are in use shows only at a path that the team declares. */
const STAGED_KINDS: ReadonlySet<string> = new Set(['external-key', 'policy-value']);

/** One paragraph for whoever reads the plan at 03:00. */
export function rotationSummary(
  decision: RotationDecision,
  situations: readonly SecretSituation[],
  now: Date,
): string {
  const { secrets, services, compromised, retires } = decision;
  const of = (does: PlannedSecret['does']) => secrets.filter((secret) => secret.does === does);
  const rotated = of('rotate');
  const finished = of('finish');
  const undone = of('undo');
  const left = of('leave');
  const redeployed = services.map(({ name }) => name).join(', ');
  return [
    ...(rotated.length > 0
      ? [
          `Rotates ${rotated.map(({ name }) => `${name} (${lastRotation(name, situations, now)})`).join(', ')}.`,
        ]
      : []),
    ...(undone.length > 0 ? [`Makes the value before current again: ${names(undone)}.`] : []),
    ...(finished.length > 0 ? [`Proves that ${names(finished)} is in use as it is now.`] : []),
    redeployed === '' ? 'No service is deployed anew.' : `Deploys anew: ${redeployed}.`,
    ...(compromised
      ? [
          'The old values are taken for known to others: nothing overlaps, sessions that were opened with them are ended, and there is no way back.',
        ]
      : []),
    ...(retires && !compromised
      ? [
          `Takes away what the value before opened: ${names(secrets.filter((secret) => secret.retires !== null))}.`,
        ]
      : []),
    ...(left.length > 0 ? [`LEFT AS IT IS: ${names(left)}.`] : []),
  ].join(' ');
}

const names = (secrets: readonly PlannedSecret[]) => secrets.map(({ name }) => name).join(', ');

function lastRotation(name: string, situations: readonly SecretSituation[], now: Date): string {
  const at = situations.find(({ target }) => target.name === name)?.lastRotatedAt ?? null;
  if (at === null) return 'never rotated before';
  const days = Math.max(0, Math.floor((now.getTime() - Date.parse(at)) / DAY_MILLISECONDS));
  return days === 0 ? 'last rotated today' : `last rotated ${days} ${days === 1 ? 'day' : 'days'} ago`;
}

/** What the report says when all went well, and what is left to do; undefined where there is nothing to do. */
export function rotationWords(decision: RotationDecision): Plan['words'] {
  const { secrets, services, compromised, retires, undoes, rotates } = decision;
  if (!rotates && !undoes && !retires && services.length === 0) return undefined;
  const all = names(secrets.filter(({ does }) => does !== 'leave'));
  const treated = secrets.filter(({ does }) => does !== 'leave');
  const was = treated.length > 1 ? 'were' : 'was';
  // What nobody can be asked about is not said to have been seen.
  const isSeen = treated.every(({ kind, adoption }) => adoption !== null || !STAGED_KINDS.has(kind));
  const proved =
    services.length === 0
      ? ', and proved'
      : isSeen
        ? ', and every consumer was seen to use it'
        : ', and its consumers are well';
  return {
    verified: undoes
      ? `${all} has its earlier value again`
      : rotates
        ? `${all} ${was} rotated${proved}${compromised ? '; what the old values opened was taken away' : ''}`
        : retires
          ? `${all}: the value before was retired`
          : `${all} is in use as it is now`,
    next: `Nothing tonight. ${whatFollows(decision)}`.trim(),
    changes: 'What changes (versions, never values):',
    ...(rotates && !compromised
      ? {
          undone: `Nothing tonight: the earlier value of ${all} is current, was proved good, and is in use. The rotation is still due: find out why the new value could not be used, and start the runbook again.`,
        }
      : {}),
    ...(compromised || undoes ? {} : { routine: true }),
  };
}

function whatFollows({ secrets, undoes, compromised }: RotationDecision): string {
  if (undoes)
    return 'The rotation that was taken back is still due: find out what was wrong with it, and rotate the secret again.';
  if (compromised) return 'See who has used the old values meanwhile, and how they became known.';
  const overlapping = secrets.filter(
    ({ does, retires, overlapSeconds }) => does === 'rotate' && retires === null && overlapSeconds > 0,
  );
  const next = secrets.flatMap(({ name, does, rotateEveryDays }) =>
    does === 'rotate' && rotateEveryDays !== null ? [`${name} is due again in ${rotateEveryDays} days`] : [],
  );
  return [
    ...overlapping.map(
      ({ name, overlapSeconds }) =>
        `The old value of ${name} stays good for ${inWords(overlapSeconds)}, so that the rotation can still be taken back; then a run of its own retires it.`,
    ),
    ...(next.length > 0 ? [`${next.join(', ')}.`] : []),
  ].join(' ');
}

function inWords(seconds: number): string {
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 * 86_400
    ? `${Math.round(seconds / 3600)} hours`
    : `${Math.round(seconds / 86_400)} days`;
}
