import { gravest, type Judgement, type Verdict } from '../../schemas/finding.ts';
import { labelOf } from '../preflight/secret-reference.ts';
import type { DescribedSource } from './describe-source.ts';

const EXPECTED = 'everything that ECS reads when a task starts is there, with the version that is asked for';
const CURRENT = 'AWSCURRENT';

/** Judges what ECS would read when it starts a task, without having read it. */
export function judgeSources(described: readonly DescribedSource[], refused: readonly string[]): Judgement {
  const judged = [
    ...refused.map((name) => ({
      verdict: 'fail' as const,
      why: `ECS does not take the reference of ${name}`,
    })),
    ...described.flatMap((one) => {
      const bad = whyBad(one);
      return bad === undefined ? [] : [{ ...bad, why: `the ${labelOf(one.reference)} ${bad.why}` }];
    }),
  ];
  if (judged.length > 0)
    return {
      verdict: gravest(judged.map(({ verdict }) => verdict)),
      observed: judged.map(({ why }) => why).join('; '),
      expected: EXPECTED,
    };
  const observed = described.length === 0 ? 'it is given none' : `${described.length} are there`;
  return { verdict: 'pass', observed, expected: EXPECTED };
}

function whyBad({ reference, found }: DescribedSource): { verdict: Verdict; why: string } | undefined {
  if (found === undefined) return { verdict: 'fail', why: 'does not exist' };
  if (found.deletedAt !== undefined)
    return {
      verdict: 'fail',
      why: `is scheduled for deletion on ${found.deletedAt.slice(0, 10)}, and cannot be read`,
    };
  if (reference.kind !== 'secret') return undefined;
  const { stage, versionId } = reference;
  const versions = Object.entries(found.versions ?? {});
  if (versionId !== undefined) {
    const labels = found.versions?.[versionId];
    // Versions without a label are not told of; they can be read until Secrets Manager removes them.
    if (labels === undefined)
      return { verdict: 'unknown', why: 'has lost its labels: Secrets Manager may have removed it' };
    return stage !== undefined && !labels.includes(stage)
      ? { verdict: 'fail', why: `is not the version that is labelled ${stage}` }
      : undefined;
  }
  const wanted = stage ?? CURRENT;
  return versions.some(([, labels]) => labels.includes(wanted))
    ? undefined
    : { verdict: 'fail', why: `has no version ${wanted}` };
}
