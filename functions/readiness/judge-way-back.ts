import type { Judgement } from '../../schemas/finding.ts';
import type { GoodCandidates, UsableRevision } from '../ecs/last-good.ts';
import { short } from '../ecs/steadiness.ts';

/** Where a service would be brought back to. */
export interface WayBack {
  readonly basis: GoodCandidates['basis'];
  /** Task definition that runs. */
  readonly running: string;
  /** The newest good revision that could be deployed in place of what runs, as a roll-back would choose it. */
  readonly back: UsableRevision;
  /** What runs, where it is good itself: the way back from the next release. Looked at only where there is no other. */
  readonly standing: UsableRevision | undefined;
}

/** The revision that would be started: the way back now, or that from the next release. */
export function releaseToStart({ back, standing }: WayBack): UsableRevision['found'] {
  return back.found ?? standing?.found;
}

const REVISION = 'a revision that is known to be good, is ACTIVE, and is not the one that runs';
const IMAGE = 'its images are in their repositories, by digest';
/** As functions/ecs/release.ts words it. */
const IMAGE_GONE = /is gone from its repository/;

/** Judges whether there is a revision to go back to. */
export function judgeRevision({ basis, running, back, standing }: WayBack): Judgement {
  const why = back.rejected.map(
    ({ taskDefinition, why: reason }) => `${short(taskDefinition)} cannot be used: ${reason}`,
  );
  const say = (verdict: Judgement['verdict'], ...parts: readonly string[]): Judgement => ({
    verdict,
    observed: parts.join('; '),
    expected: REVISION,
  });
  if (back.found !== undefined) {
    const { revision, goodAt } = back.found.candidate;
    const since = `${goodAt.slice(0, 19)}Z`;
    if (basis === 'last-completed-deployment')
      return say(
        'warn',
        `${short(revision)} was deployed at ${since}, but nobody has seen it healthy`,
        ...why,
      );
    return say(why.length === 0 ? 'pass' : 'warn', `${short(revision)}, good since ${since}`, ...why);
  }
  if (standing?.found !== undefined)
    return say(
      'warn',
      `the next release could be rolled back to ${short(running)}, which runs and is good; ${short(running)} itself could not: no other revision can be gone back to`,
      ...why,
    );
  const none = why.length === 0 ? ['no other revision has been recorded as good'] : why;
  const own = standing?.rejected.map(
    ({ why: reason }) => `nor could ${short(running)} be started again: ${reason}`,
  );
  return say('fail', ...none, ...(own ?? []));
}

/** Judges whether the images of the revision that would be started can still be pulled. */
export function judgeImage(wayBack: WayBack): Judgement {
  const say = (verdict: Judgement['verdict'], observed: string): Judgement => ({
    verdict,
    observed,
    expected: IMAGE,
  });
  const found = releaseToStart(wayBack);
  const looked: readonly UsableRevision[] = [wayBack.back, ...(wayBack.standing ? [wayBack.standing] : [])];
  if (found === undefined) {
    const gone = looked.flatMap(({ rejected }) => rejected).filter(({ why }) => IMAGE_GONE.test(why));
    return gone.length > 0
      ? say('fail', gone.map(({ taskDefinition, why }) => `${short(taskDefinition)}: ${why}`).join('; '))
      : say('unknown', 'there is no revision whose images could be looked for');
  }
  const warnings = looked.find((one) => one.found === found)?.warnings ?? [];
  if (warnings.length > 0) return say('unknown', warnings.join(' '));
  const containers = (found.described.taskDefinition?.containerDefinitions ?? []).map(
    ({ name = '' }) => name,
  );
  const byTag = containers.filter((name) => found.candidate.imageDigests[name] === undefined);
  if (byTag.length > 0)
    return say('warn', `of ${byTag.join(', ')} only the tag is known, which may have moved since`);
  return say('pass', `${containers.length} found by digest`);
}
