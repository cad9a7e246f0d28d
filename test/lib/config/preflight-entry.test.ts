import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigError, defineConfig } from '../../../lib/config/define-config.ts';
import { preflightEntry, preflightSecrets } from '../../../lib/config/preflight-entry.ts';
import { preflightRules } from '../../../lib/config/preflight-rules.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { PreflightEntry } from '../../../schemas/preflight/entry.ts';
import { packRules, unpackRules } from '../../../schemas/preflight/packed-rules.ts';
import type { PreflightRules } from '../../../schemas/preflight/rules.ts';

const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const secret = (name: string) => ({ secret: arn(name) });
const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
const configWith = (service: object, others: object = {}) =>
  defineConfig({
    services: { api: { ...api, ...service } },
    secrets: { database: secret('database'), mail: secret('mail'), other: secret('other') },
    ...others,
  } as NightshiftConfigInput);
const NONE: PreflightRules = {
  require: [],
  conditional: [],
  formats: {},
  forbidden: { values: [], hosts: [], localHosts: false, except: [] },
  secrets: {},
};

describe('preflightEntry', () => {
  it('brings what a release is held to, as its functions read it', () => {
    const config = configWith({
      preflight: {
        require: ['A'],
        secrets: { database: ['password'] },
        container: 'web',
        login: { user: 'U', password: 'P' },
      },
    });
    const entry = preflightEntry(config, 'api');
    expect(entry).toMatchObject({
      rules: { require: ['A'] },
      container: 'web',
      login: { user: 'U', password: 'P' },
      secretArns: { database: arn('database') },
      parity: { with: {}, differences: [] },
    });
    expect(PreflightEntry.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
    expect(preflightEntry(configWith({ preflight: { login: 'URL' } }), 'api').login).toEqual({ url: 'URL' });
  });

  it('says where no rules were declared', () => {
    expect(preflightEntry(configWith({}), 'api').rules).toBeNull();
  });

  it('fits two hundred rules into a parameter', () => {
    const names = Array.from({ length: 200 }, (_, index) => `SETTING_NUMBER_${index}`);
    const config = configWith({
      preflight: {
        require: names,
        formats: Object.fromEntries(
          names.map((name, index) => [
            name,
            { kind: 'url', schemes: index % 2 ? ['https'] : ['amqps', 'amqp'] },
          ]),
        ),
      },
    });
    const { rules } = preflightEntry(config, 'api');
    expect(rules).toBeTypeOf('string');
    expect(String(rules).length).toBeLessThan(4096);
    expect(unpackRules(rules ?? expect.fail())).toEqual(preflightRules(config, 'api'));
  });

  it('refuses rules that do not fit all the same', () => {
    // Nothing in them comes twice, so that they hardly get shorter.
    const pattern = (index: number) =>
      Array.from({ length: 8 }, (_, part) =>
        Math.sin(index * 8 + part + 1)
          .toString(36)
          .slice(3),
      ).join('');
    const formats = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`V${index}`, { kind: 'pattern', pattern: pattern(index) }]),
    );
    expect(() => preflightEntry(configWith({ preflight: { formats } }), 'api')).toThrow(
      'services.api.preflight: the rules have about',
    );
  });

  it('compares an environment with others, not with itself', () => {
    const config = defineConfig({
      environments: { staging: { name: 'staging' }, production: {} },
      services: {
        api: { ...api, environment: 'production', parity: { differences: ['cpu'] } },
        trial: { ...api, environment: 'staging', parity: { name: 'api' } },
      },
      secrets: { key: { ...secret('key'), environment: 'production' } },
      parity: {
        with: { staging: { bucket: 'their-reports' }, production: { bucket: 'our-reports' } },
        keys: { production: 'key' },
        differences: ['environment.*_HOST'],
      },
    } as NightshiftConfigInput);
    expect(preflightEntry(config, 'trial').parity).toMatchObject({
      name: 'api',
      differences: ['environment.*_HOST'],
    });
    expect(preflightEntry(config, 'api').parity).toEqual({
      name: 'api',
      with: { staging: { bucket: 'their-reports', maxAgeSeconds: 172_800 } },
      differences: ['environment.*_HOST', 'cpu'],
      keySecretArn: arn('key'),
    });
  });

  it('names a key that is not declared, or belongs to another environment', () => {
    const parity = { keys: { production: 'kye', stagin: 'mail' } };
    const problems = (() => {
      try {
        configWith({}, { parity });
        return [];
      } catch (error) {
        return (error as ConfigError).problems;
      }
    })();
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/parity\.keys\.production: .*kye.*parity\.keys\.stagin: .*stagin/);
  });
});

describe('preflightSecrets', () => {
  it('are those of the tasks, of the rules and of the database, and no others', () => {
    const config = configWith(
      { secrets: ['mail'], preflight: { secrets: { mail: [] } }, database: 'main' },
      { databases: { main: { instance: 'main', host: 'db', database: 'app', secret: 'database' } } },
    );
    expect(preflightSecrets(config)).toEqual(['mail', 'database']);
  });
});

describe('packRules', () => {
  it('gives back what was packed', () => {
    const name = fc.stringMatching(/^[A-Z_]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 600 }),
        fc.array(fc.string(), { maxLength: 60 }),
        (require, values) => {
          const rules = { ...NONE, require, forbidden: { ...NONE.forbidden, values } };
          expect(unpackRules(JSON.parse(JSON.stringify(packRules(rules))))).toEqual(rules);
        },
      ),
      { numRuns: 30 },
    );
  });
  it('refuses what it did not make', () => {
    expect(() => unpackRules('bm9uc2Vuc2U=')).toThrow();
  });
});
