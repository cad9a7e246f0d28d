import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRevisions, isConfigurationOnly } from '../../../functions/ecs/compare-revisions.ts';

const revision = (container: object, more: object = {}, digest?: string) => ({
  definition: { containerDefinitions: [{ name: 'api', image: 'repo/api:1', ...container }], ...more },
  digests: digest ? { api: digest } : {},
});

describe('compareRevisions', () => {
  it.each([
    ['nothing', revision({}), revision({}), []],
    ['an image by its tag', revision({}), revision({ image: 'repo/api:2' }), ['image']],
    ['a tag that moved', revision({}, {}, 'sha256:a'), revision({}, {}, 'sha256:b'), ['image']],
    [
      'two tags of one image',
      revision({ image: 'repo/api:2' }, {}, 'sha256:a'),
      revision({}, {}, 'sha256:a'),
      [],
    ],
    [
      'a variable',
      revision({ environment: [{ name: 'A', value: '1' }] }),
      revision({ environment: [{ name: 'A', value: '2' }] }),
      ['environment.A'],
    ],
    [
      'a variable that is new',
      revision({ environment: [{ name: 'A', value: '1' }] }),
      revision({}),
      ['environment.A'],
    ],
    [
      'a secret version',
      revision({
        secrets: [{ name: 'S', valueFrom: 'arn:aws:secretsmanager:r:1:secret:s-x:p:AWSCURRENT:' }],
      }),
      revision({
        secrets: [{ name: 'S', valueFrom: 'arn:aws:secretsmanager:r:1:secret:s-x:p:AWSPREVIOUS:' }],
      }),
      ['secret.S'],
    ],
    [
      'processor and memory',
      revision({}, { cpu: '256', memory: '512' }),
      revision({}, { cpu: '512', memory: '1024' }),
      ['cpu', 'memory'],
    ],
    [
      'a role',
      revision({}, { taskRoleArn: 'arn:aws:iam::1:role/a' }),
      revision({}, { taskRoleArn: 'arn:aws:iam::1:role/b' }),
      ['taskRole'],
    ],
  ])('finds %s', (_, from, to, expected) => {
    expect(compareRevisions(from, to).map(({ what }) => what)).toEqual(expected);
  });

  it('never shows the value of a variable', () => {
    const value = fc.string({ minLength: 6 }).map((text) => `value-${text}`);
    fc.assert(
      fc.property(value, value, (before, after) => {
        const changes = compareRevisions(
          revision({ environment: [{ name: 'A', value: before }] }),
          revision({
            environment: [
              { name: 'A', value: after },
              { name: 'B', value: before },
            ],
          }),
        );
        expect(JSON.stringify(changes)).not.toContain(JSON.stringify(before).slice(1, -1));
        expect(JSON.stringify(changes)).not.toContain(JSON.stringify(after).slice(1, -1));
      }),
    );
  });

  it('blames the configuration only when the image stayed', () => {
    const configuration = compareRevisions(
      revision({ environment: [{ name: 'A', value: '1' }] }),
      revision({}),
    );
    expect(isConfigurationOnly(configuration)).toBe(true);
    expect(
      isConfigurationOnly([...configuration, ...compareRevisions(revision({}), revision({ image: 'x:2' }))]),
    ).toBe(false);
    expect(isConfigurationOnly([])).toBe(false);
  });
});
