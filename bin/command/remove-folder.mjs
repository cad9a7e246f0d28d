// Outlives the command by a moment: when its end of the pipe closes, however that came about, the folder is removed. At the
// same time the guardian of a sandbox in the folder removes its part, and ends processes that still write.
import { removeUntilGone } from '../../sandbox/remove-until-gone.mjs';

const [, , folder] = process.argv;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

process.stdin.resume().once('close', () => removeUntilGone(folder));
