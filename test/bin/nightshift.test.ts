import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nightshift } from '../support/command.ts';

const COMMAND = fileURLToPath(new URL('../../bin/nightshift.js', import.meta.url));
/** Nobody's: neither an account nor a sandbox. */
const NOBODY = {
  AWS_ENDPOINT_URL: '',
  AWS_REGION: 'us-east-1',
  AWS_PROFILE: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };

describe('the command by itself', () => {
  it('explains itself', async () => {
    const { code, stdout } = await nightshift(['--help']);
    expect(code).toBe(0);
    for (const name of ['list', 'plan', 'run', 'status', 'watch', 'report', 'approve', 'reject', 'rehearse'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('suggests the command that was meant', async () => {
    const { code, stdout, stderr } = await nightshift(['lst']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Did you mean list?');
  });

  it('suggests the option that was meant', async () => {
    const { code, stderr } = await nightshift(['run', 'roll-back-service', '--servise', 'api']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean --service?');
  });

  it('says which argument is missing', async () => {
    const { code, stderr } = await nightshift(['run']);
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'runbook'");
  });

  it('suggests the scenario that was meant', async () => {
    const { code, stderr } = await nightshift(['rehearse', 'bad-relase']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      '"bad-relase" is not a scenario. Did you mean "bad-release"? Known: bad-config, ',
    );
  });

  it.each(['fast', '0', '-1', ''])('refuses the speed %j', async (speed) => {
    const { code, stderr } = await nightshift(['rehearse', `--speed=${speed}`]);
    expect(code).toBe(2);
    expect(stderr).toBe(`"${speed}" is not a speed: it must be a number greater than 0.\n`);
  });

  it('refuses a fault that it cannot read, and says how one is written', async () => {
    const { code, stderr } = await nightshift(['rehearse', '--fault', 'nonsense', '--json']);
    expect(code).toBe(2);
    expect(stderr).toContain("'nonsense' is not a fault. Write SERVICE:CALL[#OCCURRENCES]=EFFECT");
  });

  it('says where it looked when nothing answers', async () => {
    const endpoint = 'http://127.0.0.1:1';
    const { code, stdout, stderr } = await nightshift(['list'], {
      env: { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL: endpoint },
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Nothing answers at http:\/\/127\.0\.0\.1:1: .* Is the sandbox .* still running\?/,
    );
    expect(stderr.trim()).not.toContain('\n');
  });

  it('says how to sign in where there are no credentials', async () => {
    const { code, stderr } = await nightshift(['list'], { env: NOBODY });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There are no AWS credentials: /);
  });

  it('says how to name a region where there is none', async () => {
    const { code, stderr } = await nightshift(['list'], { env: { ...NOBODY, ...KEYS, AWS_REGION: '' } });
    expect(code).toBe(1);
    expect(stderr).toBe('No AWS region is set. Say --region NAME, or set AWS_REGION.\n');
  });

  it('ends without a stack trace when nobody reads on', async () => {
    const child = spawn(process.execPath, [COMMAND, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect(stderr).toBe('');
    expect(code).toBe(141);
  });
});
