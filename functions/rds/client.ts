import { RDSClient } from '@aws-sdk/client-rds';
import { client } from '../clients.ts';

/** The RDS client of this container. */
export const rds = client(RDSClient);
