import * as z from 'zod/mini';
import type { Finding } from '../../schemas/finding.ts';
import { type GateRequirement, isBuiltIn } from '../../schemas/gate.ts';
import { GateDecision } from '../../schemas/gate-decision.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { auditFindings } from '../health/audit-findings.ts';
import { finding } from '../health/findings.ts';
import { lookAtAll, type Part, withinTime } from '../health/look-at-all.ts';
import { readDrills } from '../rds/drill-record.ts';
import { judgeDrillAge } from '../readiness/judge-backups.ts';
import { readReadiness } from '../readiness/publish-readiness.ts';
import { namesOf } from '../report/judged-checks.ts';
import { audit } from '../run/audit-log.ts';
import { readTarget } from '../run/directory.ts';
import { type StepTools, step } from '../step.ts';
import { decideGate, REPORTS } from './decide-gate.ts';
import { UNDECLARED } from './gate-words.ts';
import { judgeKeptReadiness } from './judge-kept-readiness.ts';
import { judgeReport } from './judge-report.ts';
import { budgetPart } from './look-at-budget.ts';
import { metricsHealthyPart } from './look-at-metrics.ts';
import { gateRemedy } from './remedies.ts';
import { readReportedChecks } from './reported-checks.ts';

const Input = z.object({ run: z.optional(Run), target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** For all checks. Milliseconds. */
const BUDGET_MILLISECONDS = 40_000;
/** Drills may fail for a while; the last one that passed is looked for among so many. */
const MOST_DRILLS = 100;

/** Whether a service may be changed: yes or no, with reasons (P-15, P-16). It decides, and leaves it to others to refuse. */
export const handler = step({
  name: 'check-gate',
  phase: 'plan',
  input: Input,
  output: GateDecision,
  run: check,
});

async function check({ run, target }: Input, tools: StepTools): Promise<GateDecision> {
  const at = new Date();
  const { gate, name } = target;
  if (gate === undefined) return notDeclared(name, at);
  const findings = await withinTime(BUDGET_MILLISECONDS, tools.signal, (signal) =>
    lookAtAll(
      [reportsPart(name, gate.requires, at), ...gate.requires.flatMap((one) => ownPart(one, target, at))],
      signal,
    ),
  );
  const decision = decideGate(`service/${name}`, gate, findings, run?.override, at, (one) =>
    gateRemedy(one, target),
  );
  if (run !== undefined) await note(run.id, tools, decision);
  return decision;
}

/** All checks that pipelines report: they are read together. */
function reportsPart(service: string, requires: readonly GateRequirement[], at: Date): Part {
  return {
    kind: 'gate',
    check: REPORTS,
    expected: 'what pipelines reported can be read',
    look: async () => {
      const reported = requires.filter((one) => !isBuiltIn(one.check));
      if (reported.length === 0) return [];
      const reports = await readReportedChecks(service);
      return reported.map((one) =>
        finding('gate', one.check, judgeReport(one, reports.get(one.check), at), at),
      );
    },
  };
}

/** A check that Nightshift makes itself; none for those that are reported. */
function ownPart({ check: wanted, maxAgeSeconds }: GateRequirement, target: ServiceTarget, at: Date): Part[] {
  if (!isBuiltIn(wanted)) return [];
  const part = (expected: string, look: () => Promise<Finding>): Part[] => [
    { kind: 'gate', check: wanted, expected, look: async () => [await look()] },
  ];
  switch (wanted) {
    case 'metrics-healthy':
      return [metricsHealthyPart(target)];
    case 'error-budget':
      return [budgetPart(target, target.gate?.errorBudget)];
    case 'rollback-ready':
      return part('it can be rolled back', async () =>
        finding(
          'gate',
          wanted,
          judgeKeptReadiness(await readReadiness(`service/${target.name}`), maxAgeSeconds, at),
          at,
        ),
      );
    case 'drill-passed':
      return part('a restore drill of its database has passed lately', () =>
        drillFinding(wanted, target, at),
      );
  }
}

async function drillFinding(check: string, { database }: ServiceTarget, at: Date): Promise<Finding> {
  const expected = 'a restore drill of its database passed lately';
  if (database === undefined)
    return finding('gate', check, { verdict: 'pass', observed: 'it declares no database', expected }, at);
  const declared = await readTarget('database', database.name);
  const days = declared.kind === 'database' ? declared.restore.drillDays : 0;
  const drills = await readDrills(database.name, MOST_DRILLS);
  return finding('drill', check, judgeDrillAge(database.name, drills, days, at), at);
}

function notDeclared(name: string, at: Date): GateDecision {
  return {
    target: `service/${name}`,
    at: at.toISOString(),
    verdict: 'unknown',
    findings: [],
    open: false,
    declared: false,
    passed: false,
    checks: [
      {
        name: UNDECLARED,
        passed: false,
        verdict: 'unknown',
        measured: 'none is declared',
        expected: 'must say what has to hold before the service is changed',
        next: `Declare services.${name}.gate, and deploy that.`,
        at: at.toISOString(),
      },
    ],
    firm: [],
    reasons: [`no gate is declared: say in services.${name}.gate what has to hold before it is changed`],
  };
}

async function note(runId: string, tools: StepTools, decision: GateDecision): Promise<void> {
  const { findings, open, reasons, override } = decision;
  await auditFindings(runId, tools, findings);
  const what =
    override === undefined
      ? open
        ? 'The gate is open: all that is required has passed.'
        : `The gate is closed by ${namesOf(decision.checks.filter(({ passed }) => !passed))}.`
      : `The gate is open for an emergency (${override.reason}), though not all has passed: ${override.checks.join(', ')}.`;
  await audit(runId, tools, 'decision', what, { open, reasons, override });
}
