import { describe, expect, it, vi } from 'vitest';
import { findEndpoint } from '../../../functions/postgres/find-endpoint.ts';
import { rds } from '../../../functions/rds/client.ts';
import { describeInstance } from '../../../functions/rds/describe-instance.ts';

/** Lets RDS answer, or fail, in a way that the sandbox does not. */
function rdsAnswers(answer: object | Error): void {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.spyOn(rds(), 'send').mockImplementation(async () => {
    if (answer instanceof Error) throw answer;
    return { DBInstances: [answer] };
  });
}
const named = (name: string) => Object.assign(new Error(name), { name });

describe('where an instance answers', () => {
  it('is told by RDS', async () => {
    rdsAnswers({ Engine: 'postgres', Endpoint: { Address: 'main.abc.rds.amazonaws.com', Port: 5433 } });
    expect(await findEndpoint('main')).toEqual({ host: 'main.abc.rds.amazonaws.com', port: 5433 });
  });

  it.each([
    [
      'is no PostgreSQL',
      { Engine: 'mysql', Endpoint: { Address: 'x', Port: 3306 } },
      'is no PostgreSQL (its engine is mysql)',
    ],
    [
      'is being made',
      { Engine: 'postgres', DBInstanceStatus: 'creating' },
      'has no endpoint yet (it is creating)',
    ],
    ['is not there', named('DBInstanceNotFoundFault'), 'There is no RDS instance "main"'],
    ['is not there, by the code on the wire', named('DBInstanceNotFound'), 'There is no RDS instance "main"'],
  ])('is refused for one that %s', async (_, answer, why) => {
    rdsAnswers(answer);
    await expect(findEndpoint('main')).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/othing was changed/),
    });
    await expect(findEndpoint('main')).rejects.toThrow(why);
  });

  it.each(['Throttling', 'AccessDenied'])('is not taken for missing by %s', async (name) => {
    rdsAnswers(named(name));
    await expect(describeInstance('main')).rejects.toMatchObject({ name });
  });
});
