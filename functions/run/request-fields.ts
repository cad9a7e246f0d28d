import * as z from 'zod/mini';
import type { RunRequest } from '../../schemas/run.ts';

const INSTANCE_LENGTH = 63;
const SNAPSHOT_LENGTH = 255;
/** The clock of whoever typed it may be ahead of ours. */
const CLOCK_TOLERANCE_MILLISECONDS = 1000;

/** A letter first, no hyphen last and no two in a row. */
const IDENTIFIER = /^[a-z](?:-?[a-z0-9])*$/i;
/** Automated snapshots are called `rds:main-2026-11-21-03-00`, those of AWS Backup `awsbackup:job-…`. */
const MADE_BY_AWS = /^(?:rds|awsbackup):/i;
/** A snapshot that another account shares is named by its ARN. */
const SNAPSHOT_ARN = /^arn:aws[\w-]*:rds:[a-z0-9-]+:\d{12}:snapshot:(?<name>.+)$/i;

/**
 * A family, a revision of it, or the ARN of one.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
 */
const TASK_DEFINITION =
  /^(?:arn:aws[\w-]*:ecs:[a-z0-9-]+:\d{12}:task-definition\/)?[\w-]{1,255}(?::[1-9]\d{0,9})?$/;
const REVISION_RULE =
  'a task definition such as "api:42", the name of its family for the newest one, or its ARN';

const isIdentifier = (text: string, longest: number) => text.length <= longest && IDENTIFIER.test(text);

/** RDS stores identifiers in lower case and answers with them so. */
const identifier = (what: string, is: (text: string) => boolean) =>
  z.string({ error: what }).check(z.refine(is, { error: what, abort: true }), z.toLowerCase());

const INSTANCE_RULE = `1 to ${INSTANCE_LENGTH} letters, digits and hyphens, a letter first, no hyphen last and no two in a row`;
const SNAPSHOT_RULE = `1 to ${SNAPSHOT_LENGTH} letters, digits and hyphens, a letter first, no hyphen last and no two in a row`;
const TIME_RULE = 'a time with its zone such as "2026-11-21T03:00:00Z" or "2026-11-21T04:00:00+01:00"';

/** Whether something names a snapshot: by identifier, or by ARN where another account shares it. */
function isSnapshot(text: string): boolean {
  const name = SNAPSHOT_ARN.exec(text)?.groups?.name ?? text;
  return isIdentifier(name.replace(MADE_BY_AWS, ''), SNAPSHOT_LENGTH);
}

const SECRETS_RULE = 'a list of names of declared secrets such as ["database", "jwt"], or "all"';
/** Whether such a secret or tag is declared is found later, when the declared ones are read. */
const declaredName = z.string({ error: 'a name' }).check(z.minLength(1, { error: 'a name' }));

const names = z.array(declaredName, { error: SECRETS_RULE }).check(z.minLength(1, { error: SECRETS_RULE }));

const instance = identifier(`the identifier of an RDS instance: ${INSTANCE_RULE}`, (text) =>
  isIdentifier(text, INSTANCE_LENGTH),
);

/**
 * How each option of a runbook must look; all are optional.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
 */
export const REQUEST_FIELDS = {
  snapshot: identifier(
    `the identifier of a snapshot (${SNAPSHOT_RULE}; "rds:" goes before that of an automated one), or the ARN of a shared one`,
    isSnapshot,
  ),
  toTime: z.iso.datetime({ offset: true, error: TIME_RULE, abort: true }).check(
    z.refine((text) => Date.parse(text) <= Date.now() + CLOCK_TOLERANCE_MILLISECONDS, {
      error: 'a time that is not in the future',
      abort: true,
    }),
    z.overwrite((text) => new Date(text).toISOString()),
  ),
  mode: z.enum(['beside', 'swap'], { error: '"beside" or "swap"' }),
  unfinished: z.enum(['finish', 'undo'], { error: '"finish" or "undo"' }),
  instance,
  manifest: identifier(
    `"newest", "none", or the identifier of a snapshot that Nightshift took (${SNAPSHOT_RULE})`,
    (text) => isIdentifier(text, SNAPSHOT_LENGTH),
  ),
  revision: z.string({ error: REVISION_RULE }).check(z.regex(TASK_DEFINITION, { error: REVISION_RULE })),
  secrets: z.union(
    [
      // One name, several with commas between, or "all".
      z.pipe(
        z.pipe(
          z.string(),
          z.transform((text) => text.split(/[\s,]+/).filter((name) => name !== '')),
        ),
        names,
      ),
      names,
    ],
    { error: SECRETS_RULE },
  ),
  tag: declaredName,
} as const satisfies Record<keyof RunRequest, z.ZodMiniType<string | string[]>>;

/** What each runbook takes beside its target; one that is not named takes nothing. */
const TAKEN: Readonly<Record<string, readonly (keyof RunRequest)[]>> = {
  'restore-database': ['snapshot', 'toTime', 'mode', 'unfinished'],
  'restore-drill': ['snapshot'],
  'recover-migration': ['snapshot'],
  'validate-database': ['instance', 'manifest'],
  preflight: ['revision'],
  'check-parity': ['revision'],
  'rotate-secret': ['unfinished'],
  'rotate-compromised': ['secrets', 'tag'],
};

/** Names of the options that a runbook takes. */
export function fieldsOf(runbook: string): readonly (keyof RunRequest)[] {
  return TAKEN[runbook] ?? [];
}

/**
 * What is wrong with the options as a whole, one sentence each: some cannot go together, and some runbooks need one of theirs.
 */
export function contradictions(
  runbook: string,
  { snapshot, toTime, secrets, tag }: Readonly<Record<string, unknown>>,
): string[] {
  const takesSecrets = fieldsOf(runbook).includes('secrets');
  return [
    ...(snapshot !== undefined && toTime !== undefined
      ? ['"snapshot" and "toTime" exclude each other: a restore goes back to one of them']
      : []),
    ...(takesSecrets && secrets !== undefined && tag !== undefined
      ? ['"secrets" and "tag" exclude each other: name the secrets, or give the tag that they have']
      : []),
    ...(takesSecrets && secrets === undefined && tag === undefined
      ? ['which secrets is not said: give "secrets" (a list of names, or "all") or "tag"']
      : []),
  ];
}
