// The Lambda runtime of the sandbox: loads the handler, then answers one invocation at a time over IPC.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { realNow, tellSandboxTime } from '../../sandbox-date.mjs';

// A reading of the sandbox's clock; each invocation brings a new one.
let clock = JSON.parse(process.env.SANDBOX_CLOCK);
delete process.env.SANDBOX_CLOCK;
tellSandboxTime(() => clock);

const [file, exported] = process.env._HANDLER.split('.');
const path = ['mjs', 'js', 'cjs']
  .map((ending) => join(process.env.LAMBDA_TASK_ROOT, `${file}.${ending}`))
  .find(existsSync);

function describe(error) {
  return {
    errorType: error?.name ?? 'Error',
    errorMessage: error?.message ?? String(error),
    trace: String(error?.stack ?? '').split('\n'),
  };
}

/** The most that this environment has used so far, in bytes, as Lambda reports it; where the machine does not tell, what it uses now. */
function largestMemory() {
  // Not from getrusage, which counts what the process was forked from.
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'latin1') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? process.memoryUsage.rss() : Number(kilobytes) * 1024;
}

let handler;
try {
  if (path === undefined) throw new Error(`Cannot find module '${file}'`);
  // As Lambda's runtime: CommonJS is required, everything else imported.
  const module = path.endsWith('.cjs') ? createRequire(path)(path) : await import(pathToFileURL(path).href);
  handler = module[exported] ?? module.default?.[exported];
  if (typeof handler !== 'function')
    throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  process.send({ type: 'ready' });
} catch (error) {
  process.send({ type: 'initialization-failed', error: describe(error) }, () => process.exit(1));
}

process.on('message', async ({ requestId, payload, context, traceId, clock: current }) => {
  clock = current ?? clock;
  process.env._X_AMZN_TRACE_ID = traceId;
  const deadline = realNow() + context.timeoutMilliseconds;
  try {
    const result = await handler(payload, {
      ...context,
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - realNow()),
    });
    process.send({
      type: 'answer',
      requestId,
      payload: result === undefined ? null : result,
      memory: largestMemory(),
    });
  } catch (error) {
    process.send({ type: 'answer', requestId, error: describe(error), memory: largestMemory() });
  }
});
