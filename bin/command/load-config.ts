import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, defineConfig } from '../../lib/config/define-config.ts';
import type { NightshiftConfig, NightshiftConfigInput } from '../../lib/config/schema.ts';
import { CommandError } from './exit-codes.ts';

/**
 * Loads a configuration file by itself: no synthesis, no account.
 *
 * @throws CommandError with everything that is wrong with it
 */
export async function loadConfig(file: string): Promise<NightshiftConfig> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new CommandError(
      `There is no configuration ${path}. Say --config FILE, or go to the folder that has nightshift.config.ts.`,
    );
  try {
    const { default: config } = (await import(pathToFileURL(path).href)) as {
      default?: NightshiftConfigInput;
    };
    if (config === undefined)
      throw new CommandError(
        `The configuration ${path} has no default export; write: export default defineConfig({ ... }).`,
      );
    // Whoever left defineConfig out gets the same checks; a second time they change nothing.
    return defineConfig(config);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { name, message } = error as Error;
    throw new CommandError(
      error instanceof ConfigError || name === 'ConfigError'
        ? `${message}\nThe file is ${path}.`
        : `The configuration ${path} cannot be loaded: ${message}`,
    );
  }
}
