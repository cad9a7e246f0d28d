import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { client } from '../clients.ts';

/** The Secrets Manager client of this container, for what needs no value. */
export const secretsManager = client(SecretsManagerClient);
