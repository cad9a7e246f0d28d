import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { alternatingUsers, openAsAdministrator } from './roles/administrator.ts';
import { Ownership } from './roles/ownership.ts';
import { readOwnership } from './roles/read-ownership.ts';

/** It is in the state of the run twice, with the plan, and all of that may have 256 KiB (rule 27). Characters of JSON. */
const LARGEST_OWNERSHIP = 90_000;

const Input = z.object({ run: Run, target: SecretTarget });
type Input = z.infer<typeof Input>;

/** Looks at what belongs to the users of a secret, at what names them, and at what the administrator may do about it. */
export const handler = step({
  name: 'inspect-ownership',
  phase: 'plan',
  input: Input,
  output: Ownership,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<Ownership> {
  const { users, ownerRole } = alternatingUsers(target);
  const session = await openAsAdministrator(target, { readOnly: true });
  try {
    const found = await readOwnership(session, users, ownerRole);
    const size = JSON.stringify(found).length;
    const objects = found.objects.reduce((sum, { names }) => sum + names.length, 0);
    if (size > LARGEST_OWNERSHIP)
      throw new PreconditionFailed(
        `${objects} objects of ${users.join(' and ')} and what was granted to them are more than a run can carry (${size} characters, ${LARGEST_OWNERSHIP} at most). Nothing was changed. Give most of them to ${ownerRole} by hand first, such as old partitions, and start the runbook again.`,
        { objects, size },
      );
    await audit(
      run.id,
      tools,
      'observation',
      `${found.user.name}${found.second === null ? '' : ` and ${found.second.name}`} own ${objects} objects at ${found.address}, and were granted something by others ${found.grants.length} times; the owner role ${ownerRole} is ${found.owner === null ? 'not there yet' : 'there'}.`,
      {
        objects: found.objects.map(({ user, type, names }) => ({ user, type, count: names.length })),
        grants: found.grants.length,
        defaults: found.defaults.length,
        policies: found.policies.length,
      },
    );
    return found;
  } finally {
    await session.close();
  }
}
