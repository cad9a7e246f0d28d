import type { DeclaredSecrets } from './declared-secrets.ts';
import { CommandError } from './exit-codes.ts';
import { requireStageable, rotateCommand, whyNotStaged } from './judge-staged.ts';
import { readStagedText } from './read-staged-text.ts';

/** What `secret stage --json` prints. */
export interface StagedObject {
  readonly secret: string;
  readonly kind: string;
  readonly version: string;
  /** What to do next. */
  readonly next: string;
}

/**
 * Reads a value and stages it. What can be found wrong with it is found before it is stored: a value that is stored has been somewhere.
 *
 * @throws CommandError that quotes nothing of it
 */
export async function stageValue(
  declared: Pick<DeclaredSecrets, 'find' | 'stage'>,
  name: string,
  options: { readonly fromStdin?: boolean },
): Promise<StagedObject> {
  const target = await declared.find(name);
  requireStageable(target);
  const text = await readStagedText(name, options);
  const why = whyNotStaged(target, text);
  if (why !== undefined) throw new CommandError(`The value ${why}. Nothing was staged.`);
  return {
    secret: name,
    kind: target.rotation?.kind ?? '',
    version: await declared.stage(target, text),
    next: rotateCommand(name),
  };
}
