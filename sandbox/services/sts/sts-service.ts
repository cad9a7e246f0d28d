import * as sdk from '@aws-sdk/client-sts';
import { AwsError, type Machine, type Service } from '../../contract.ts';

/** How long the credentials of an assumed role are said to live, in milliseconds. */
const SESSION_MILLISECONDS = 3_600_000;

/** AWS Security Token Service: who am I, and assuming a role. */
export function createStsService(machine: Machine): Service {
  const assumedRole = (roleArn: string, session: string) =>
    `arn:aws:sts::${machine.account}:assumed-role/${roleArn.split('/').at(-1)}/${session}`;
  return {
    name: 'sts',
    providers: [],
    apis: [
      {
        signingNames: ['sts'],
        sdk,
        client: 'STSClient',
        operations: {
          GetCallerIdentity: {
            permissions: () => [],
            handle(_input, { caller }) {
              if (caller.kind !== 'role') {
                return {
                  Account: machine.account,
                  Arn: `arn:aws:iam::${machine.account}:user/administrator`,
                  UserId: 'AIDASANDBOX',
                };
              }
              return {
                Account: machine.account,
                Arn: assumedRole(caller.roleArn, caller.session),
                UserId: `AROASANDBOX:${caller.session}`,
              };
            },
          },
          AssumeRole: {
            // Decided together with the trust policy of the role.
            permissions: () => [],
            handle(input, { caller }) {
              if (!/^[\w+=,.@-]{2,64}$/.test(input.RoleSessionName)) {
                throw new AwsError(
                  'ValidationError',
                  `1 validation error detected: Value '${input.RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}`,
                );
              }
              machine.policies.requireAssumeRole(caller, input.RoleArn);
              const credentials = machine.policies.credentialsFor(input.RoleArn, input.RoleSessionName);
              return {
                Credentials: {
                  AccessKeyId: credentials.accessKeyId,
                  SecretAccessKey: credentials.secretAccessKey,
                  SessionToken: credentials.sessionToken,
                  Expiration: new Date(machine.clock.now() + SESSION_MILLISECONDS),
                },
                AssumedRoleUser: {
                  Arn: assumedRole(input.RoleArn, input.RoleSessionName),
                  AssumedRoleId: `AROASANDBOX:${input.RoleSessionName}`,
                },
              };
            },
          },
        },
      },
    ],
    close() {},
  };
}
