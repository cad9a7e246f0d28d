import { expect, it } from 'vitest';
import { hostsIn, isLocalHost } from '../../../functions/preflight/hosts.ts';

it.each<[string, string[]]>([
  ['https://api.example.com:8443/a?b=http://localhost', ['api.example.com']],
  ['postgres://user:p@ss@LOCALHOST:5432/app', ['localhost']],
  ['postgres://one:5432,127.0.0.1:5433/app', ['one', '127.0.0.1']],
  ['jdbc:postgresql://[::1]:5432/app', ['::1']],
  ['kafka-1:9092, localhost:9092', ['kafka-1', 'localhost']],
  ['host=localhost port=5432 user=app', ['localhost']],
  ['127.0.0.1', ['127.0.0.1']],
  ['http://LOCALHOST.:80/', ['localhost']],
  ['https://old.example.com./x', ['old.example.com']],
  ['::1', ['::1']],
  ['a sentence about localhost', []],
  ['/var/lib/localhost', []],
  ['{"host":"localhost"}', []],
])('%j points to %j', (value, hosts) => {
  expect(hostsIn(value)).toEqual(hosts);
});

it.each([
  'localhost',
  'db.localhost',
  '127.0.0.1',
  '127.1.2.3',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
])('%s is the machine itself', (host) => {
  expect(isLocalHost(host)).toBe(true);
});

// A server listens on 0.0.0.0 in production too.
it.each(['localhost.example.com', '0.0.0.0', '128.0.0.1', '1127.0.0.1', '::2', 'example.com'])(
  '%s is not',
  (host) => {
    expect(isLocalHost(host)).toBe(false);
  },
);
