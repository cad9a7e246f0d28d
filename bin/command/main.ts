import { mkdirSync, writeFileSync } from 'node:fs';
import { constants, userInfo } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { unknownName } from '../../schemas/nearest-name.ts';
import type { SecretTarget } from '../../schemas/secret.ts';
import type { Deployment, FoundRun } from './aws.ts';
import { closeEverything, guardTemporaryFiles } from './clean-up.ts';
import type { DeclaredSecrets } from './declared-secrets.ts';
import { CommandError, ExitCode, exitCodeOf } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import type { ReportOptions } from './gate.ts';
import type { ParityOptions } from './parity.ts';
import { FIELD_FLAGS, type FieldFlags, parseRunInput } from './parse-run-input.ts';
import { progressOf } from './progress.ts';
import { runObject } from './run-object.ts';
import { Terminal } from './terminal.ts';

interface Common {
  readonly deployment: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

const terminal = new Terminal(process.stdout);
const program = new Command('nightshift')
  .description('Runbooks that run themselves on AWS')
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) });

const json = new Option('--json', 'print one JSON object as the last line');
const common = (command: Command) =>
  command
    .option('--deployment <name>', 'name of the Nightshift deployment', 'nightshift')
    .option('--region <region>', 'AWS region')
    .option('--profile <profile>', 'AWS profile');
/** Only what speaks to AWS loads its clients, which takes longer than checking a file. */
async function open(options: Common): Promise<Deployment> {
  const { Deployment } = await import('./aws.ts');
  return new Deployment(options.deployment, options);
}

common(program.command('list').description('runbooks, what starts them, and their latest run'))
  .addOption(json)
  .action(async (options: Common) => {
    const deployment = await open(options);
    const rows = [];
    for (const entry of await deployment.runbooks()) {
      const [latest] = await deployment.runsOf(entry);
      rows.push({
        runbook: entry.name,
        summary: entry.summary,
        triggers: entry.triggers,
        page: entry.page,
        latest: latest ?? null,
      });
      if (options.json) continue;
      terminal.line(terminal.style(entry.name, 'bold'));
      terminal.line(`  ${entry.summary}`);
      terminal.line(`  starts by: ${entry.triggers.join(', ')}`);
      terminal.line(
        `  latest run: ${latest ? `${latest.id} ${latest.status} ${latest.startedAt.toISOString().slice(0, 19)}Z` : 'none yet'}`,
      );
    }
    if (options.json) printJson(rows);
  });

interface RunOptions extends Common, FieldFlags {
  readonly input?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}
const inputOptions = (command: Command) => {
  common(command).option('--input <json>', 'input as JSON, @file, or - for standard input');
  for (const [flags, description] of Object.values(FIELD_FLAGS)) command.option(flags, description);
  return command.addOption(json);
};

inputOptions(
  program.command('plan <runbook>').description('what the runbook would do now; changes nothing'),
).action((name: string, options: RunOptions) => start(name, { ...options, dryRun: true, wait: true }));
inputOptions(program.command('run <runbook>').description('start a runbook'))
  .option('--dry-run', 'end at the plan')
  .option('--wait', 'follow it to its end')
  .option('--reason <text>', 'override a freeze window, a mute rule or the did-not-hold guard; is recorded')
  .action(start);

async function start(name: string, options: RunOptions): Promise<void> {
  const input = parseRunInput(options);
  const deployment = await open(options);
  const found = await deployment.start(await deployment.runbook(name), input);
  const id = found.arn.split(':').at(-1);
  if (!options.wait) {
    if (options.json)
      printJson({
        runbook: name,
        run: id,
        target: null,
        outcome: 'running',
        plan: null,
        checks: [],
        error: null,
      });
    else terminal.line(`Started ${id}. Follow it with: nightshift watch ${id}`);
    return;
  }
  await follow(deployment, found, options);
}

async function follow(deployment: Deployment, found: FoundRun, options: Common): Promise<void> {
  terminal.newProgress();
  const record = await deployment.follow(found.arn, (events) => {
    if (!options.json)
      terminal.progress(progressOf(found.entry, events, events.at(-1)?.timestamp?.getTime() ?? Date.now()));
  });
  if (record === undefined)
    throw new CommandError(`The run ${found.arn} ended without a record.`, ExitCode.other);
  if (options.json) printJson(runObject(record));
  else terminal.outcome(record);
  process.exitCode = exitCodeOf(record);
}

common(program.command('status <run>').description('where a run is, or how it ended'))
  .addOption(json)
  .action(async (id: string, options: Common) => {
    const deployment = await open(options);
    const found = await deployment.find(id);
    const record = await deployment.record(found.arn);
    if (record === undefined)
      throw new CommandError(`The run ${id} has not written anything down yet.`, ExitCode.other);
    if (options.json) printJson(runObject(record));
    else {
      const events = await deployment.history(found.arn);
      terminal.progress(progressOf(found.entry, events, events.at(-1)?.timestamp?.getTime() ?? Date.now()));
      terminal.outcome(record);
    }
    process.exitCode = record.outcome === undefined ? ExitCode.done : exitCodeOf(record);
  });

common(program.command('watch <run>').description('follow a run to its end'))
  .addOption(json)
  .action(async (id: string, options: Common) => {
    const deployment = await open(options);
    await follow(deployment, await deployment.find(id), options);
  });

common(program.command('report <run>').description("a run's report"))
  .option('--out <folder>', 'write report.md, report.json and timeline.svg there')
  .action(async (id: string, options: Common & { out?: string }) => {
    const deployment = await open(options);
    const record = await deployment.record((await deployment.find(id)).arn);
    if (record === undefined)
      throw new CommandError(`The run ${id} has not written anything down yet.`, ExitCode.other);
    const files = await deployment.report(record);
    if (options.out === undefined) {
      process.stdout.write(files.get('report.md')?.toString('utf8') ?? '');
      return;
    }
    mkdirSync(options.out, { recursive: true });
    for (const [name, content] of files) writeFileSync(join(options.out, name), content);
    terminal.line(`Wrote ${[...files.keys()].join(', ')} to ${options.out}`);
  });

const answer =
  (decision: 'approved' | 'rejected') =>
  async (id: string, options: Common & { plan?: string; reason?: string }) => {
    const deployment = await open(options);
    const record = await deployment.record((await deployment.find(id)).arn);
    if (record === undefined)
      throw new CommandError(`The run ${id} has not written anything down yet.`, ExitCode.other);
    await deployment.answerApproval(record, {
      decision,
      by: userInfo().username,
      ...(options.plan === undefined ? {} : { plan: options.plan }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    });
    terminal.line(`${decision === 'approved' ? 'Approved' : 'Rejected'} ${record.run.id}.`);
  };
common(program.command('approve <run>').description('approve the plan that a run waits with'))
  .option('--plan <hash>', 'only if it is this plan')
  .action(answer('approved'));
common(program.command('reject <run>').description('reject the plan that a run waits with'))
  .option('--reason <text>', 'is recorded')
  .action(answer('rejected'));

program
  .command('preflight')
  .description('hold an env file to the rules of a service, on this machine')
  // The short form reaches it where a Node.js on the way, such as that of npx, would take the long one for itself.
  .option('-e, --env-file <file>', 'env file to check, or - for standard input')
  .option('--service <name>', 'declared service that it is for; the only one when not given')
  .option('--config <file>', 'configuration that has the rules', 'nightshift.config.ts')
  .addOption(json)
  .action(async (options: { envFile?: string; service?: string; config: string; json?: boolean }) => {
    const { exitCodeOfPreflight, preflight } = await import('./preflight.ts');
    const { showPreflight } = await import('./show-preflight.ts');
    const result = await preflight(options);
    if (options.json) printJson(result);
    else showPreflight(terminal, result);
    process.exitCode = exitCodeOfPreflight(result);
  });

program
  .command('parity')
  .description('compare two fingerprints of a service, on this machine')
  .requiredOption(
    '--from <file>',
    'fingerprint of one environment: parity/<service>.json of its report bucket',
  )
  .requiredOption('--to <file>', 'fingerprint of the other one')
  .option('--service <name>', 'declared service with the differences that may be; none when not given')
  .option('--config <file>', 'configuration that declares it', 'nightshift.config.ts')
  .addOption(json)
  .action(async (options: ParityOptions & { json?: boolean }) => {
    const { exitCodeOfParity, parity, showParity } = await import('./parity.ts');
    const result = await parity(options);
    if (options.json) printJson(result);
    else showParity(terminal, result);
    process.exitCode = exitCodeOfParity(result);
  });

common(
  program
    .command('gate')
    .description('what has to hold before a service is changed')
    .command('report <service> <check>')
    .description('say that a check has passed or failed; the newest word counts'),
)
  .option('--passed', 'it has passed')
  .option('--failed', 'it has failed')
  .option('--evidence <url>', 'where that can be looked up; everybody may read it')
  .option('--by <name>', 'who says so; the user of this machine when not given')
  .option('--valid-for <minutes>', 'after this it proves nothing, however the gate is configured')
  .addOption(json)
  .action(async (service: string, check: string, options: Common & ReportOptions) => {
    const { reportCheck } = await import('./gate.ts');
    const reported = await reportCheck(() => open(options), service, check, options);
    if (options.json) printJson(reported);
    else
      terminal.line(
        `Reported: ${reported.check} of service/${reported.service} ${reported.passed ? 'passed' : 'failed'}.`,
      );
  });

const secret = program.command('secret').description('declared secrets, and values for them');
/** Of no deployment of that name there is nothing to list, and that is told as such. */
async function openSecrets(options: Common): Promise<{ declared: DeclaredSecrets; targets: SecretTarget[] }> {
  const { DeclaredSecrets } = await import('./declared-secrets.ts');
  const declared = new DeclaredSecrets(options.deployment, options);
  const targets = await declared.all();
  if (targets.length === 0) await (await open(options)).runbooks();
  return { declared, targets };
}
common(
  secret
    .command('list')
    .description('declared secrets: kind, versions, when they were and are to be rotated'),
)
  .addOption(json)
  .action(async (options: Common) => {
    const { declared, targets } = await openSecrets(options);
    const rows = [];
    for (const target of targets) rows.push(await declared.describe(target));
    if (options.json) return printJson(rows);
    const { showSecrets } = await import('./show-secrets.ts');
    showSecrets(terminal, rows, new Date());
  });
common(
  secret
    .command('stage <name>')
    .description('store a value for the next rotation to take: from a hidden prompt, or from standard input'),
)
  .option('--from-stdin', 'read it from standard input; one line end after it is left out')
  .option('--rotate', 'start rotate-secret with it, and follow the run to its end')
  .option('--reason <text>', 'reason of that run; is recorded')
  .addOption(json)
  .action(
    async (
      name: string,
      options: Common & { fromStdin?: boolean; rotate?: boolean; reason?: string },
    ): Promise<void> => {
      const { declared } = await openSecrets(options);
      const { stageValue } = await import('./stage-value.ts');
      const staged = await stageValue(declared, name, options);
      if (!options.rotate) {
        if (options.json) printJson(staged);
        else
          terminal.line(
            `Staged version ${staged.version} of ${name}. Nothing uses it yet; a rotation proves and takes it: ${staged.next}`,
          );
        return;
      }
      if (!options.json) terminal.line(`Staged version ${staged.version} of ${name}.`);
      const { region, profile, deployment, reason, json: asJson } = options;
      await start('rotate-secret', {
        deployment,
        secret: name,
        wait: true,
        ...(region === undefined ? {} : { region }),
        ...(profile === undefined ? {} : { profile }),
        ...(reason === undefined ? {} : { reason }),
        ...(asJson === undefined ? {} : { json: asJson }),
      });
    },
  );

const number = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new CommandError(`"${text}" is not a speed: it must be a number greater than 0.`);
  return value;
};
const collect = (value: string, earlier: string[]) => [...earlier, value];

program
  .command('rehearse [scenario]')
  .description('run a scenario on this machine, in a sandbox')
  .option('--speed <n>', 'sandbox seconds per second', number)
  .option('--fault <fault>', 'SERVICE:CALL[#OCCURRENCES]=EFFECT; may be given several times', collect, [])
  .option('--out <folder>', 'where reports go', '.nightshift/reports')
  .addOption(json)
  .action(
    async (
      name: string | undefined,
      options: { speed?: number; fault: string[]; out: string; json?: boolean },
    ) => {
      const { scenarios } = await import('../../rehearsal/scenarios.ts');
      const scenario = scenarios[name ?? 'bad-release'];
      if (!scenario) throw new CommandError(unknownName('scenario', name ?? '', Object.keys(scenarios)));
      await guardTemporaryFiles();
      const { rehearse } = await import('../../rehearsal/rehearse.ts');
      const result = await rehearse(scenario, {
        terminal,
        quiet: options.json ?? false,
        faults: options.fault,
        out: options.out,
        ...(options.speed === undefined ? {} : { speed: options.speed }),
      });
      if (options.json) printJson(result.summary);
      process.exitCode = result.asStated ? ExitCode.done : ExitCode.other;
    },
  );

program
  .command('sandbox')
  .description('keep a sandbox with the demonstration service running')
  .option('--speed <n>', 'sandbox seconds per second', number)
  .action(async (options: { speed?: number }) => {
    await guardTemporaryFiles();
    const { keepSandbox } = await import('../../rehearsal/keep-sandbox.ts');
    await keepSandbox({ terminal, ...(options.speed === undefined ? {} : { speed: options.speed }) });
  });

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const leave = (exitCode: number) => void closeEverything().finally(() => process.exit(exitCode));
// The same signal may come twice, from the terminal and from an older Node.js that handed over to this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => leave(128 + constants.signals[signal]));
// That older Node.js is gone, even by SIGKILL; waiting for it must not keep this process alive.
process.once('disconnect', () => leave(128 + constants.signals.SIGTERM));
process.channel?.unref();
// Whoever reads this has seen enough: `nightshift list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  leave(128 + constants.signals.SIGPIPE);
});

try {
  await program.parseAsync();
  await closeEverything();
} catch (error) {
  await closeEverything();
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.badInput;
  else {
    process.stderr.write(`${explainError(error as Error)}\n`);
    if (!(error instanceof CommandError) && !(error instanceof RangeError) && process.env.DEBUG)
      process.stderr.write(`${(error as Error).stack}\n`);
    process.exitCode =
      error instanceof CommandError
        ? error.exitCode
        : error instanceof RangeError
          ? ExitCode.badInput
          : ExitCode.other;
  }
}
