import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-secrets-manager';
import type { Machine, Service } from '../../contract.ts';
import { createAccount } from './account.ts';
import { deletionOperations } from './deletion-operations.ts';
import { injectSecret } from './inject-secret.ts';
import { listOperations } from './list-operations.ts';
import { policyOperations } from './policy-operations.ts';
import { secretProviders } from './providers.ts';
import { randomPassword } from './random-password.ts';
import { rotationOperations } from './rotation-operations.ts';
import { createRotations } from './rotations.ts';
import { secretOperations } from './secret-operations.ts';
import { valueOperations } from './value-operations.ts';

/** Secrets Manager: values, versions, staging labels and rotation. Nothing is encrypted, since nothing leaves the machine. */
export function createSecretsManagerService(machine: Machine): Service {
  const account = createAccount(machine, createRotations);
  machine.engines.readSecret = injectSecret(account);
  machine.engines.keepSecret = (name, text, { description, owningService }) => {
    const secret = account.create({ name, value: { text }, token: randomUUID(), description, owningService });
    return { arn: secret.arn, remove: () => account.remove(secret) };
  };
  return {
    name: 'secrets-manager',
    apis: [
      {
        signingNames: ['secretsmanager'],
        sdk,
        client: 'SecretsManagerClient',
        operations: {
          ...secretOperations(account),
          ...valueOperations(account),
          ...listOperations(account),
          ...deletionOperations(account),
          ...policyOperations(account),
          ...rotationOperations(account),
          GetRandomPassword: {
            permissions: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],
            handle: (input) => ({ RandomPassword: randomPassword(input) }),
          },
        },
      },
    ],
    providers: secretProviders(account),
    start: () => account.rotations.deployed(),
    close: () => account.rotations.close(),
  };
}
