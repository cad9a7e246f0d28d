import { readFileSync } from 'node:fs';
import { compareEnvironments } from '../../functions/preflight/compare-environments.ts';
import { judgeComparison } from '../../functions/preflight/judge-comparison.ts';
import type { Named } from '../../functions/preflight/judge-environment.ts';
import { parseFingerprint } from '../../functions/preflight/parse-fingerprint.ts';
import { preflightEntry } from '../../lib/config/preflight-entry.ts';
import { gravest, type Verdict } from '../../schemas/finding.ts';
import { unknownName } from '../../schemas/nearest-name.ts';
import type { Fingerprint } from '../../schemas/parity.ts';
import { CommandError, ExitCode } from './exit-codes.ts';
import { loadConfig } from './load-config.ts';
import type { Style, Terminal } from './terminal.ts';

/** What was typed. */
export interface ParityOptions {
  readonly from: string;
  readonly to: string;
  readonly service?: string;
  readonly config: string;
}

type Side = Pick<Fingerprint, 'environment' | 'service' | 'taskDefinition' | 'at'>;

/** A comparison as `--json` prints it. */
export interface ParityObject {
  readonly verdict: Verdict;
  readonly from: Side;
  readonly to: Side;
  readonly findings: readonly Named[];
}

/** Compares two environments' fingerprints, with nothing but the two files and what is declared to differ (P-13). */
export async function parity({ from, to, service, config }: ParityOptions): Promise<ParityObject> {
  const [here, there] = [readFingerprintFile(from), readFingerprintFile(to)];
  const differences = service === undefined ? [] : await declaredDifferences(config, service);
  const findings = judgeComparison(there.environment, compareEnvironments(here, there, differences));
  return {
    verdict: gravest(findings.map(({ verdict }) => verdict)),
    from: sideOf(here),
    to: sideOf(there),
    findings,
  };
}

/** What a pipeline should do: go on, unless something differs that nobody has declared. */
export const exitCodeOfParity = ({ verdict }: Pick<ParityObject, 'verdict'>): number =>
  verdict === 'fail' ? ExitCode.refused : ExitCode.done;

const MARKS = {
  pass: ['✓', 'green'],
  warn: ['!', 'yellow'],
  unknown: ['?', 'blue'],
  fail: ['✗', 'red'],
} as const satisfies Record<Verdict, readonly [string, Style]>;

/** Writes a comparison for people: its verdict, then each difference. */
export function showParity(terminal: Terminal, { verdict, from, to, findings }: ParityObject): void {
  const mark = (one: Verdict) => terminal.style(MARKS[one][0], MARKS[one][1]);
  const name = ({ taskDefinition, environment, at }: Side) =>
    `${taskDefinition} in ${environment} (${at.slice(0, 16)}Z)`;
  terminal.line(`${mark(verdict)} ${terminal.style(verdict, 'bold')}  ${name(from)} against ${name(to)}`);
  for (const { verdict: one, check, observed } of findings)
    terminal.line(`  ${mark(one)} ${check}: ${observed}`);
}

const sideOf = ({ environment, service, taskDefinition, at }: Fingerprint): Side => ({
  environment,
  service,
  taskDefinition,
  at,
});

function readFingerprintFile(file: string): Fingerprint {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`The fingerprint cannot be read: ${(error as Error).message}.`);
  }
  const found = parseFingerprint(text, file);
  if ('fingerprint' in found) return found.fingerprint;
  throw new CommandError(
    `${found.why}. A fingerprint lies in the report bucket of its environment, once check-parity has run there: parity/<service>.json.`,
  );
}

async function declaredDifferences(file: string, service: string): Promise<readonly string[]> {
  const config = await loadConfig(file);
  if (!Object.hasOwn(config.services, service))
    throw new CommandError(unknownName('declared service', service, Object.keys(config.services)));
  return preflightEntry(config, service).parity.differences;
}
