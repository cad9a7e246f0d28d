import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../functions/preflight/secret-reference.ts';
import type { DescribedSource } from '../../../functions/readiness/describe-source.ts';
import { judgeSources } from '../../../functions/readiness/judge-sources.ts';
import { questionsAbout } from '../../../functions/readiness/look-at-secrets.ts';
import { startSecrets } from '../../../functions/readiness/start-secrets.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf';
const described = (
  valueFrom: string,
  found: Partial<NonNullable<DescribedSource['found']>> | null = {},
): DescribedSource => ({
  reference: parseReference(valueFrom) as DescribedSource['reference'],
  found:
    found === null
      ? undefined
      : { arn: ARN, versions: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'] }, ...found },
});

describe('what ECS reads when a task starts', () => {
  it.each([
    ['is there', described(ARN), 'pass', '1 are there'],
    ['is there by its label', described(`${ARN}::AWSPREVIOUS:`), 'pass', '1 are there'],
    ['is there by its version', described(`${ARN}:::two`), 'pass', '1 are there'],
    ['is there by both', described(`${ARN}::AWSPREVIOUS:two`), 'pass', '1 are there'],
    [
      'is another version than is labelled so',
      described(`${ARN}::AWSCURRENT:two`),
      'fail',
      /is not the version that is labelled AWSCURRENT$/,
    ],
    ['has no such label', described(`${ARN}::AWSPENDING:`), 'fail', /has no version AWSPENDING$/],
    [
      'has no current version',
      described(ARN, { versions: {} }),
      'fail',
      /^the secret \(login\) has no version AWSCURRENT$/,
    ],
    ['has a version without labels', described(`${ARN}:::three`), 'unknown', /has lost its labels/],
    [
      'is to be deleted',
      described(ARN, { deletedAt: '2026-11-30T00:00:00Z' }),
      'fail',
      /is scheduled for deletion on 2026-11-30/,
    ],
    ['is gone', described(ARN, null), 'fail', /does not exist$/],
    [
      'is a parameter',
      described('/app/url', { arn: 'arn:aws:ssm:us-east-1:123456789012:parameter/app/url' }),
      'pass',
      '1 are there',
    ],
    [
      'is a parameter that is gone',
      described('/app/url', null),
      'fail',
      'the parameter (/app/url) does not exist',
    ],
  ] as const)('%s', (_how, one, verdict, observed) => {
    expect(judgeSources([one], [])).toMatchObject({
      verdict,
      observed: typeof observed === 'string' ? observed : expect.stringMatching(observed),
    });
  });

  it('is told in full, and the gravest counts', () => {
    const found = judgeSources(
      [described(ARN), described(`${ARN}:::three`), described('/app/url', null)],
      ['TOKEN'],
    );
    expect(found.verdict).toBe('fail');
    expect(found.observed.split('; ')).toHaveLength(3);
    expect(judgeSources([], [])).toMatchObject({ verdict: 'pass', observed: 'it is given none' });
  });

  it('comes from variables, log drivers and logins to registries, each source once', () => {
    const { references, refused } = startSecrets({
      containerDefinitions: [
        {
          name: 'app',
          secrets: [
            { name: 'USER', valueFrom: `${ARN}:username::` },
            { name: 'PASSWORD', valueFrom: `${ARN}:password::` },
            { name: 'BAD', valueFrom: `${ARN}:password` },
          ],
          logConfiguration: {
            logDriver: 'splunk',
            secretOptions: [{ name: 'token', valueFrom: '/log/token' }],
          },
          repositoryCredentials: { credentialsParameter: `${ARN.replace('login', 'registry')}` },
        },
        { name: 'sidecar' },
      ],
    });
    expect(references.map((one) => (one.kind === 'secret' ? one.arn.split(':').at(-1) : one.id))).toEqual([
      'login-AbCdEf',
      '/log/token',
      'registry-AbCdEf',
    ]);
    expect(refused).toEqual(['BAD']);
  });

  it('is asked of IAM by kind, with the label where there is one only, and with keys by their ARNs', () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1';
    const parameter = 'arn:aws:ssm:us-east-1:123456789012:parameter/app/url';
    const some = [
      described(ARN, { kmsKeyId: key }),
      described('/app/url', { arn: parameter }),
      described(`${ARN}:username::`, { kmsKeyId: 'alias/team' }),
      described(ARN.replace('login', 'gone'), null),
    ];
    expect(questionsAbout(some)).toEqual([
      {
        actions: ['secretsmanager:GetSecretValue'],
        resources: [ARN],
        context: { 'secretsmanager:VersionStage': 'AWSCURRENT' },
      },
      { actions: ['ssm:GetParameters'], resources: [parameter] },
      { actions: ['kms:Decrypt'], resources: [key] },
    ]);
    const [both] = questionsAbout([described(ARN), described(`${ARN}::AWSPREVIOUS:`)]);
    expect(both?.context).toEqual({});
    expect(questionsAbout([])).toEqual([]);
  });
});
