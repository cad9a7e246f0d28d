import { AwsError } from '../../contract.ts';

/** What RDS issues certificates from unless told otherwise. */
export const DEFAULT_CA = 'rds-ca-rsa2048-g1';

const AUTHORITIES = [DEFAULT_CA, 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'];

/**
 * Fails as RDS does for a certificate authority that it does not have. (The sandbox issues all certificates from its own.)
 *
 * @throws AwsError
 */
export function requireCertificateAuthority(identifier: string): void {
  if (AUTHORITIES.includes(identifier)) return;
  throw new AwsError('CertificateNotFoundFault', `Certificate not found: ${identifier}`, { status: 404 });
}
