import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { READY_ASSEMBLY } from '../../rehearsal/demo-names.ts';

/** How often the processes of a command are counted. */
const FAMILY_MILLISECONDS = 500;

const COMMAND = fileURLToPath(new URL('../../bin/nightshift.js', import.meta.url));

/** The environment in which a command synthesizes the demonstration itself, as it does everywhere but in these tests. */
export const SYNTHESIZING = { [READY_ASSEMBLY]: '' };

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON object of the last line. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly json: any;
}

/** Runs the real command in a process of its own. */
export function nightshift(
  parameters: readonly string[],
  options: { env?: Record<string, string>; input?: string; onStart?: (pid: number) => void } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--', COMMAND, ...parameters], {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) options.onStart?.(child.pid);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      resolve({
        code,
        stdout,
        stderr,
        json: last.startsWith('{') || last.startsWith('[') ? JSON.parse(last) : undefined,
      });
    });
    child.stdin.end(options.input ?? '');
  });
}

/** Runs the real command, and says what it has left on this machine: processes that still live, and temporary files. */
export async function nightshiftAlone(
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult & { readonly leftovers: readonly string[]; readonly processes: number }> {
  const folder = ownFolder();
  const family = new Set<number>();
  let watch: NodeJS.Timeout | undefined;
  const result = await nightshift(parameters, {
    env: { ...env, TMPDIR: folder },
    onStart(pid) {
      const count = () => {
        for (const member of familyOf(pid)) family.add(member);
      };
      count();
      watch = setInterval(count, FAMILY_MILLISECONDS);
    },
  }).finally(() => clearInterval(watch));
  return { ...result, leftovers: leftIn(folder, [...family]), processes: family.size };
}

export interface KeptSandbox {
  /** What the lines `export NAME=value` say. */
  readonly environment: Record<string, string>;
  readonly stdout: string;
  /** The process of the command itself. */
  readonly child: ChildProcess;
  /** Waits until the command has ended; with a signal, sends it first. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What the sandbox has left on this machine: its processes that still live, and its temporary files. */
  leftovers(): string[];
}

/** Starts `nightshift sandbox` in a process of its own and waits until it is ready. */
export async function keepSandbox(env: Record<string, string> = {}): Promise<KeptSandbox> {
  const folder = ownFolder();
  const child = spawn(process.execPath, [COMMAND, 'sandbox', '--speed', '25'], {
    env: { ...process.env, ...env, TMPDIR: folder },
    // By the channel the sandbox notices when this process dies without a word.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
      if (stderr.includes('Ctrl-C ends it')) resolve();
    });
    child.once('error', reject);
    ended.then(() => reject(new Error(`The sandbox ended before it was ready: ${stderr}`)));
  });
  let family: number[] = [];
  return {
    child,
    stdout,
    environment: Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    ),
    end(signal) {
      // Whoever loses his parent belongs to no family any more, so the family is counted before.
      family = [...new Set([...family, ...familyOf(child.pid as number)])];
      if (signal !== undefined) child.kill(signal);
      return ended;
    },
    leftovers: () => leftIn(folder, family),
  };
}

/** A folder of its own shows what is left in it, whatever else happens on this machine. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  // PostgreSQL refuses to run as root and must pass through as somebody else.
  chmodSync(folder, 0o755);
  return folder;
}

/** Members of a family that still live, and files that lie in its folder; an empty one is removed. */
function leftIn(folder: string, family: readonly number[]): string[] {
  const living = processes();
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length === 0) rmSync(folder, { recursive: true, force: true });
  return [...living.filter(({ pid }) => family.includes(pid)).map(({ command }) => command), ...files];
}

/** Every process that lives; one that only waits to be buried does not. */
function processes(): Array<{ pid: number; parent: number; command: string }> {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith('Z')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** A process, its children, their children, … */
function familyOf(pid: number): number[] {
  const all = processes();
  const family = [pid];
  for (const elder of family)
    family.push(...all.filter(({ parent }) => parent === elder).map((child) => child.pid));
  return family;
}
