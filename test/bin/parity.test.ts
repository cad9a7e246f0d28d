import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fact, Fingerprint } from '../../schemas/parity.ts';
import { nightshift } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DEFINE_CONFIG = new URL('../../lib/config/define-config.ts', import.meta.url).href;
const shown = (value: string): Fact => ({ kind: 'shown', value });

/** Two fingerprints and a configuration that lets the size differ; the words of the command for them. */
function folderWith(here: Record<string, Fact>, there: Record<string, Fact>): string[] {
  const folder = temporaryFolder();
  const write = (environment: string, facts: Record<string, Fact>) => {
    const fingerprint: Fingerprint = {
      format: 1,
      deployment: 'nightshift',
      environment,
      service: 'api',
      at: '2026-11-21T08:00:00.000Z',
      taskDefinition: 'api:42',
      key: 'k1',
      facts,
    };
    const file = join(folder, `${environment}.json`);
    writeFileSync(file, JSON.stringify(fingerprint));
    return file;
  };
  const config = join(folder, 'nightshift.config.ts');
  writeFileSync(
    config,
    `import { defineConfig } from '${DEFINE_CONFIG}';
     const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
     export default defineConfig({ services: { api: { ...api, parity: { differences: ['cpu'] } } } });`,
  );
  return ['parity', '--from', write('staging', here), '--to', write('production', there), '--config', config];
}
const SMALL = { cpu: shown('256'), 'environment.MODE': { kind: 'keyed', hash: 'a' } } satisfies Record<
  string,
  Fact
>;

describe('nightshift parity', () => {
  it('lists what nobody declared, and exits with 3', async () => {
    const words = folderWith(SMALL, { ...SMALL, cpu: shown('512') });
    const { stdout, code } = await nightshift(words);
    expect(stdout).toBe(
      [
        '✗ fail  api:42 in staging (2026-11-21T08:00Z) against api:42 in production (2026-11-21T08:00Z)',
        '  ✗ production (cpu): is 256 here, and 512 there',
        '  ✓ production: 1 are the same, 0 differ as declared',
        '',
      ].join('\n'),
    );
    expect(code).toBe(3);
  });

  it('passes what is declared, as data too', async () => {
    const words = folderWith(SMALL, { ...SMALL, cpu: shown('512') });
    const { json, code } = await nightshift([...words, '--service', 'api', '--json']);
    expect(json).toMatchObject({
      verdict: 'pass',
      from: { environment: 'staging' },
      to: { environment: 'production' },
    });
    expect(code).toBe(0);
  });

  it('says what is no fingerprint', async () => {
    const [command = '', , from = ''] = folderWith(SMALL, SMALL);
    writeFileSync(from, '{"format":2}');
    const { stderr, code } = await nightshift([command, '--from', from, '--to', from]);
    expect(stderr).toContain('is not a fingerprint that this version reads');
    expect(code).toBe(2);
  });
});
