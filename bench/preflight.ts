import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parseEnvFile } from '../bin/command/parse-env-file.ts';
import { checkEnvironment } from '../functions/preflight/check-environment.ts';
import { defineConfig } from '../lib/config/define-config.ts';
import { preflightRules } from '../lib/config/preflight-rules.ts';
import { median, table } from './statistics.ts';

const COMMAND = fileURLToPath(new URL('../bin/nightshift.js', import.meta.url));
const DEFINE_CONFIG = new URL('../lib/config/define-config.ts', import.meta.url).href;
const VARIABLES = 200;
const ROUNDS = 15;
/** In one process: so many times before the first is timed, and then in each round. */
const REPEATED = 200;

const names = Array.from({ length: VARIABLES }, (_, index) => `VARIABLE_${index}`);
const rules = {
  // Each is needed and has a format, and every tenth has a condition: more than a service of this size declares.
  require: names,
  conditional: names
    .filter((_, index) => index % 10 === 1)
    .map((name, index) => ({ when: { variable: name, is: ['-1'] }, require: `OTHER_${index}` })),
  formats: Object.fromEntries(
    names.map((name, index) => [name, index % 2 === 0 ? 'url' : 'integer'] as const),
  ),
};
const text = names
  .map(
    (name, index) =>
      `${name}=${index % 2 === 0 ? `"https://user:p@host-${index}.example.com/a?b=c"` : index}\n`,
  )
  .join('');
const service = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };

/** `nightshift preflight` of 200 variables against starting Node.js with an empty program; and its work alone against `util.parseEnv`. */
export function preflights(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  try {
    const files = {
      env: join(folder, '.env'),
      config: join(folder, 'config.ts'),
      empty: join(folder, 'empty.mjs'),
    };
    writeFileSync(files.env, text);
    writeFileSync(files.empty, '');
    writeFileSync(
      files.config,
      `import { defineConfig } from ${JSON.stringify(DEFINE_CONFIG)};
       export default defineConfig(${JSON.stringify({ services: { api: { ...service, preflight: rules } } })});\n`,
    );
    const command = ['--', COMMAND, 'preflight', '--env-file', files.env, '--config', files.config];
    const started = interleaved(ROUNDS, {
      'Node.js with an empty program': () => start([files.empty]),
      'Node.js that loads the configuration': () => start([files.config]),
      'nightshift preflight': () => start(command),
    });
    return [
      table([`${VARIABLES} variables, a new process`, 'ms', '× empty program'], started),
      '',
      table([`${VARIABLES} variables, in a process that is warm`, 'ms', '× util.parseEnv'], alone()),
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function alone(): string[][] {
  const config = defineConfig({ services: { api: { ...service, preflight: rules } } } as Parameters<
    typeof defineConfig
  >[0]);
  const checked = preflightRules(config, 'api');
  if (!checked) throw new Error('The rules are gone.');
  const environment = () =>
    new Map([...parseEnvFile(text).variables].map(([name, value]) => [name, { value }] as const));
  const often = (work: () => unknown) => () => {
    for (let time = 0; time < REPEATED; time += 1) work();
    return REPEATED;
  };
  const contenders = {
    'util.parseEnv': often(() => parseEnv(text)),
    'reading with lines and doubts': often(() => parseEnvFile(text)),
    'reading and all checks': often(() => checkEnvironment(checked, environment())),
  };
  for (const work of Object.values(contenders)) work();
  return interleaved(ROUNDS, contenders);
}

function start(words: readonly string[]): number {
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return 1;
}

/** Median time of each, round after round, so that what else the machine does hits all alike; each says how often it did its work. */
function interleaved(rounds: number, contenders: Readonly<Record<string, () => number>>): string[][] {
  const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, work] of Object.entries(contenders)) {
      const begun = performance.now();
      const repeats = work();
      times.get(name)?.push((performance.now() - begun) / repeats);
    }
  const [baseline = []] = [...times.values()];
  return [...times].map(([name, values]) => [
    name,
    median(values).toFixed(median(values) < 10 ? 2 : 0),
    // Of each round by itself: its contenders had the same machine.
    median(values.map((value, round) => value / (baseline[round] ?? Number.NaN))).toFixed(1),
  ]);
}
