import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyRefused } from '../../../../functions/http/probe/address-rules.ts';
import { namesLoopback, whyUndeclared } from '../../../../functions/http/probe/declared-hosts.ts';

const refused = (address: string, allowLoopback = false) => whyRefused(address, { allowLoopback });

describe('the rules for addresses', () => {
  it.each([
    ['169.254.169.254', 'is a metadata address'],
    ['169.254.170.2', 'is a metadata address'],
    ['fd00:ec2::254', 'is a metadata address'],
    ['FD00:0EC2:0:0:0:0:0:0254', 'is a metadata address'],
    ['::ffff:169.254.169.254', 'is a metadata address'],
    ['::ffff:a9fe:a9fe', 'is a metadata address'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'is a metadata address'],
    ['64:ff9b::a9fe:a9fe', 'is a metadata address'],
    ['169.254.1.1', 'is link-local'],
    ['fe80::1', 'is link-local'],
    ['fe80::1%eth0', 'is link-local'],
    ['127.0.0.1', 'is loopback'],
    ['127.255.0.3', 'is loopback'],
    ['::1', 'is loopback'],
    ['::ffff:127.0.0.1', 'is loopback'],
    ['0.0.0.0', 'is unspecified'],
    ['::', 'is unspecified'],
    ['::ffff:0.0.0.0', 'is unspecified'],
    ['224.0.0.1', 'is multicast'],
    ['239.255.255.250', 'is multicast'],
    ['ff02::1', 'is multicast'],
    ['255.255.255.255', 'is reserved'],
    ['::7f00:1', 'belongs to a tunnel or translation'],
    ['2002:7f00:1::', 'belongs to a tunnel or translation'],
    ['64:ff9b:1::a9fe:a9fe', 'belongs to a tunnel or translation'],
    ['::ffff:0:a9fe:a9fe', 'belongs to a tunnel or translation'],
    ['localhost', 'is not an IP address'],
    ['', 'is not an IP address'],
  ])('refuse %s: it %s', (address, why) => {
    expect(refused(address)).toBe(why);
  });

  it.each(['10.0.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '8.8.8.8', '168.254.0.1', '170.0.0.1'])(
    'allow %s, and mapped as well',
    (address) => {
      expect(refused(address)).toBeUndefined();
      expect(refused(`::ffff:${address}`)).toBeUndefined();
    },
  );

  it.each(['fd12:3456::1', '2600:1f18::1', 'fd00:ec3::254'])('allow %s', (address) => {
    expect(refused(address)).toBeUndefined();
  });

  it('allow loopback where it is asked for, and nothing else with it', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
      expect(refused(address, true)).toBeUndefined();
    for (const address of ['169.254.169.254', '0.0.0.0', '::', '::ffff:169.254.169.254'])
      expect(refused(address, true)).toBeDefined();
  });

  it('say the same of an IPv4 address however it is written', () => {
    const group = (high: number, low: number) => (high * 256 + low).toString(16);
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const mapped = `${group(a, b)}:${group(c, d)}`;
        for (const form of [
          `::ffff:${mapped}`,
          `::ffff:${address}`,
          `0:0:0:0:0:FFFF:${mapped}`,
          `64:ff9b::${mapped}`,
        ])
          expect(refused(form)).toBe(refused(address));
      }),
    );
  });
});

describe('the declared hosts', () => {
  const hosts = ['api.example.com', 'api.example.com:8080', '[fd12::1]:80', 'Upper.Example.com:443'];
  it.each([
    ['https://api.example.com/health', true],
    ['https://API.example.com:443/health', true],
    ['http://api.example.com/', true],
    ['http://api.example.com:8080/', true],
    ['http://[fd12::1]/', true],
    ['https://upper.example.com/', true],
    ['http://upper.example.com/', false],
    ['http://api.example.com:6379/', false],
    ['http://api.example.com.evil.test/', false],
    ['http://evil.test/api.example.com', false],
    ['http://evil.test#api.example.com', false],
    ['http://api.example.com@evil.test/', false],
    ['http://user:word@api.example.com/', false],
    ['file:///etc/passwd', false],
    ['gopher://api.example.com/', false],
  ])('%s: %s', (url, allowed) => {
    expect(whyUndeclared(new URL(url), hosts) === undefined).toBe(allowed);
  });

  it('are not widened by a declaration that is more than a host', () => {
    expect(whyUndeclared(new URL('http://b.test/'), ['a.test@b.test', 'b.test/path'])).toBeDefined();
  });

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['[::1]', true],
    ['api.localhost', true],
    ['localhost.example.com', false],
    ['10.0.0.1', false],
  ])('%s names this machine: %s', (hostname, names) => {
    expect(namesLoopback(hostname)).toBe(names);
  });
});
