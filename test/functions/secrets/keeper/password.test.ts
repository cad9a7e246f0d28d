import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { excludedCharacters, newPassword } from '../../../../functions/secrets/keeper/password.ts';
import { createSecretsManagerService } from '../../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { startServices } from '../../../sandbox/services/start-services.ts';
import { pointFunctionsAt } from '../../../support/point-functions.ts';

describe('a new password', () => {
  let services: Awaited<ReturnType<typeof startServices>>;
  beforeAll(async () => {
    services = await startServices([createSecretsManagerService]);
    pointFunctionsAt(services);
  });
  afterAll(async () => {
    await services.close();
    vi.unstubAllEnvs();
  });

  it('is as long as declared, and has none of the characters that its consumer cannot bear', async () => {
    for (let time = 0; time < 30; time += 1) {
      const password = await newPassword({ length: 24, excludedCharacters: `/@"'\\ab19`, urlSafe: false });
      expect(password).toMatch(/^[^/@"'\\ab19]{24}$/);
    }
  });

  it('means nothing in a URL where it must not', async () => {
    for (let time = 0; time < 30; time += 1) {
      const password = await newPassword({ length: 40, excludedCharacters: '', urlSafe: true });
      expect(password).toMatch(/^[A-Za-z0-9._~-]{40}$/);
      expect(encodeURIComponent(password)).toBe(password);
    }
  });

  it('excludes each character once', () => {
    const excluded = excludedCharacters({ length: 1, excludedCharacters: '@@%', urlSafe: true });
    expect(new Set(excluded).size).toBe(excluded.length);
  });
});
