import type { ReadinessQuestion } from '../../schemas/readiness.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { HANDLED_BY } from '../health/handled-by.ts';
import { runCommand } from '../report/run-command.ts';

const REVISION = 'A release that runs healthy for its bake time becomes a way back.';
const DEPLOY = 'Deploy the stack again; look at what was changed by hand.';
const SECRETS = 'Restore the secret, or release a revision that does not need it.';

/** What a person can do where a question has no good answer. */
export function remedyOf(
  question: ReadinessQuestion,
  { database }: Pick<ServiceTarget, 'database'>,
): string | undefined {
  const start = (runbook: string | null) =>
    runbook === null || database === undefined
      ? undefined
      : `\`${runCommand(runbook, `database/${database.name}`)}\``;
  switch (question) {
    case 'revision':
      return REVISION;
    case 'image':
      return 'Push the image again under the same digest, or let a newer release become good.';
    case 'secrets':
      return SECRETS;
    case 'execution role':
    case 'permissions':
      return DEPLOY;
    case 'snapshot':
      return start(HANDLED_BY.snapshot);
    case 'drill':
      return start(HANDLED_BY.drill);
    case 'switch':
      return 'Turn the switch on, or roll back by hand.';
    case 'lock':
      return '`nightshift list` says by which run it is held; a run that died is closed within minutes.';
    case 'service':
      return undefined;
  }
}
