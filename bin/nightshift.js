#!/bin/sh
//usr/bin/env true; exec node -- "$0" "$@"
// The line above is a comment to Node.js and the start to the shell: without -- Node.js would take --env-file for an option
// of its own, wherever it stands, apply the NODE_OPTIONS in that file, and end where there is none.

// The entrance to the `nightshift` command. The project brings its own Node.js: an older one only hands over to it.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import('./command/main.ts');
} else {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  // By the channel the child notices that this process is gone, even by SIGKILL.
  const child = spawn(node, ['--', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal signals both processes, `kill` only this one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`nightshift needs Node.js ${NEEDED}, which npm ci installs: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
