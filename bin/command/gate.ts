import { userInfo } from 'node:os';
import { redact } from '../../functions/step/redact.ts';
import { CHECK_NAME, isBuiltIn, type ReportedCheck, reportedChecksId } from '../../schemas/gate.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import type { Deployment } from './aws.ts';
import { CommandError } from './exit-codes.ts';

/** Longest address and name that are kept, in characters. */
const LONGEST_EVIDENCE = 500;
const LONGEST_BY = 100;
/** A report is kept for so long at least, for whoever asks why a gate was closed. Seconds. */
const KEPT_SECONDS = 90 * 86_400;

/** What was typed behind `nightshift gate report`. */
export interface ReportOptions {
  readonly passed?: boolean;
  readonly failed?: boolean;
  readonly evidence?: string;
  readonly by?: string;
  readonly validFor?: string;
}

/** A report as `--json` prints it. */
export interface ReportObject extends ReportedCheck {
  readonly service: string;
}

/** Keeps what a pipeline says of a check; the newest word counts. */
export async function reportCheck(
  open: () => Promise<Deployment>,
  service: string,
  check: string,
  options: ReportOptions,
  now = new Date(),
): Promise<ReportObject> {
  // What is typed wrong is said before AWS is asked.
  const reported = reportOf(check, options, now);
  const deployment = await open();
  const target = await deployment.service(service);
  const maxAgeSeconds = requiredAge(target, check);
  await deployment.keep({
    id: reportedChecksId(target.name),
    sort: check,
    ...reported,
    expiresAt: Math.floor(now.getTime() / 1000) + Math.max(KEPT_SECONDS, 2 * maxAgeSeconds),
  });
  return { service: target.name, ...reported };
}

/**
 * What is kept of the words that were typed.
 *
 * @throws CommandError that says what was wrong and what is allowed
 */
export function reportOf(check: string, options: ReportOptions, now: Date): ReportedCheck {
  const { passed = false, failed = false, evidence, validFor } = options;
  if (passed === failed)
    throw new CommandError('Say how the check ended: --passed or --failed. Nothing was reported.');
  if (!CHECK_NAME.test(check))
    throw new CommandError(
      `"${check}" is not the name of a check: lower-case letters, digits and hyphens, such as staging-migrated. Nothing was reported.`,
    );
  if (isBuiltIn(check))
    throw new CommandError(
      `${check} is a check that Nightshift makes itself; nobody can report it. Nothing was reported.`,
    );
  const by = options.by ?? userInfo().username;
  if (by.length > LONGEST_BY || redact(by) !== by)
    throw new CommandError(`--by must be a name of at most ${LONGEST_BY} characters. Nothing was reported.`);
  return {
    check,
    passed,
    at: now.toISOString(),
    by,
    ...(evidence === undefined ? {} : { evidence: checkedEvidence(evidence) }),
    ...(validFor === undefined
      ? {}
      : { validUntil: new Date(now.getTime() + minutesOf(validFor) * 60_000).toISOString() }),
  };
}

/** An address that people may see: it stands in reports. */
function checkedEvidence(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol) || text.length > LONGEST_EVIDENCE)
    throw new CommandError(
      `--evidence must be an address such as https://ci.example.com/runs/42, of at most ${LONGEST_EVIDENCE} characters. Nothing was reported.`,
    );
  if (
    url.username !== '' ||
    url.password !== '' ||
    redact(text) !== text ||
    /[?&]x-amz-signature=/i.test(text)
  )
    throw new CommandError(
      '--evidence has what looks like a secret in it, and everybody may read it. Give an address without one. Nothing was reported.',
    );
  return text;
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 525_600))
    throw new CommandError(
      `--valid-for must be a number of minutes, at most a year, not "${text}". Nothing was reported.`,
    );
  return minutes;
}

function requiredAge({ name, gate }: ServiceTarget, check: string): number {
  if (gate === undefined)
    throw new CommandError(
      `The service ${name} has no gate: declare services.${name}.gate in the configuration, and deploy it. Nothing was reported.`,
    );
  const required = gate.requires.find((one) => one.check === check);
  if (required !== undefined) return required.maxAgeSeconds;
  const reported = gate.requires.map((one) => one.check).filter((one) => !isBuiltIn(one));
  throw new CommandError(
    `${unknownName(`check that the gate of ${name} requires`, check, reported)} Nothing was reported.`,
  );
}
