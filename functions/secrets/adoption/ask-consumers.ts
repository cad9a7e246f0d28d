import type { SecretTarget } from '../../../schemas/secret.ts';
import { ProbeFailure } from '../../http/probe/failure.ts';
import { readService } from '../../run/directory.ts';
import type { AdoptionFinding } from '../keeper/kind.ts';
import { ask } from './ask.ts';

type Adoption = NonNullable<SecretTarget['adoption']>;

/** Each question is asked so often over fresh connections, so that every task is likely to be met: one that refuses is enough. */
const TIMES_ASKED = 5;
/** A request that met no answer is made once more: a load balancer takes its old tasks out while it is asked. */
const TIMES_TRIED = 2;

/** One thing that every consumer is asked. */
export interface Question {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it has to accept it, or has to refuse. */
  readonly accepted: boolean;
}

/** What the consumers of a secret answer, one finding for each of them and each question. */
export async function consumerFindings(
  { consumers }: Pick<SecretTarget, 'consumers'>,
  adoption: Adoption,
  signal: AbortSignal,
  questions: readonly Question[],
): Promise<AdoptionFinding[]> {
  const findings = await Promise.all(
    consumers.map(async (name) => {
      const { baseUrl } = await readService(name);
      const answers: AdoptionFinding[] = [];
      for (const question of questions)
        answers.push({
          name: `${name}: ${question.name}`,
          ...(await askOften(`${baseUrl}${adoption.path}`, adoption, question, signal)),
        });
      return answers;
    }),
  );
  return findings.flat();
}

/** All answers must be as they should; the first one that is not ends the asking. */
async function askOften(
  url: string,
  { path, statuses }: Adoption,
  { headers, accepted }: Question,
  signal: AbortSignal,
): Promise<Pick<AdoptionFinding, 'passed' | 'measured'>> {
  const seen = new Set<number>();
  for (let asked = 1; asked <= TIMES_ASKED; asked += 1) {
    const answer = await askAgain(url, headers, signal);
    if (answer instanceof ProbeFailure) return { passed: false, measured: `${path} ${answer.message}` };
    const { status } = answer;
    if (statuses.includes(status) !== accepted)
      return {
        passed: false,
        measured: accepted
          ? `${path} answered ${status}, not ${statuses.join(' or ')} (request ${asked} of ${TIMES_ASKED})`
          : `${path} answered ${status} as to a good one: its answers prove nothing`,
      };
    seen.add(status);
  }
  return { passed: true, measured: `${path} answered ${[...seen].join(', ')} ${TIMES_ASKED} times` };
}

async function askAgain(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  let answer = await ask({ url, headers }, signal);
  for (let tried = 1; tried < TIMES_TRIED && answer instanceof ProbeFailure; tried += 1)
    answer = await ask({ url, headers }, signal);
  return answer;
}
