#!/usr/bin/env node
// The entrance to the `nightshift` command. The project brings its own Node.js: an older one only hands over to it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import('./command/main.ts');
} else {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  // The signals of a terminal reach the child by themselves; this process only waits for it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  const { status, error } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (error) console.error(`nightshift needs Node.js ${NEEDED}, which npm ci installs: ${error.message}`);
  process.exitCode = status ?? 1;
}
