import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { databaseAuthorities } from '../../../functions/postgres/authorities.ts';

describe('the authorities of a database', () => {
  it("are Amazon's and those that the environment adds, no others", () => {
    const added = new Set(getCACertificates('extra'));
    const subjects = databaseAuthorities()
      .filter((certificate) => !added.has(certificate))
      .map((certificate) => new X509Certificate(certificate).subject);
    expect(subjects.some((subject) => /CN=Amazon RDS/.test(subject))).toBe(true);
    expect(subjects.filter((subject) => !/Amazon|Starfield/.test(subject))).toEqual([]);
  });
});
