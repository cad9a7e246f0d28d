import * as sdk from '@aws-sdk/client-iam';
import type { CreatedResource, Machine, Resource, Service } from '../contract.ts';
import { refuseUnknown } from '../services/refuse-unknown.ts';
import type { PolicyEngine } from './policies.ts';
import { simulateOperation } from './simulate-operation.ts';

/** Deploys roles and policies from templates. Of IAM's own API only the simulation of policies is offered. */
export function createIamService(machine: Machine, policies: PolicyEngine): Service {
  const arnOf = (kind: 'role' | 'policy', { Path = '/' }: { Path?: string }, name: string) =>
    `arn:aws:iam::${machine.account}:${kind}${Path}${name}`;

  function createRole(resource: Resource): CreatedResource {
    refuseUnknown(resource, [
      'RoleName',
      'Path',
      'AssumeRolePolicyDocument',
      'Policies',
      'ManagedPolicyArns',
      'MaxSessionDuration',
    ]);
    const { properties } = resource;
    const name: string = properties.RoleName ?? resource.physicalName(64);
    const arn = arnOf('role', properties, name);
    policies.addRole({ arn, name, trust: properties.AssumeRolePolicyDocument });
    for (const policy of properties.Policies ?? []) {
      policies.attach(name, { name: policy.PolicyName, document: policy.PolicyDocument });
    }
    for (const managed of properties.ManagedPolicyArns ?? []) policies.attachManaged(name, managed);
    return {
      ref: name,
      attributes: { Arn: arn, RoleId: `AROA${resource.physicalName(40).slice(-12)}SBOX1` },
    };
  }

  function createPolicy(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['PolicyName', 'PolicyDocument', 'Roles']);
    const { PolicyName: name, PolicyDocument: document, Roles: roles } = resource.properties;
    for (const role of roles ?? []) policies.attach(role, { name, document });
    return { ref: name, attributes: { Id: resource.physicalName(128) } };
  }

  function createManagedPolicy(resource: Resource): CreatedResource {
    refuseUnknown(resource, ['ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles']);
    const { properties } = resource;
    const arn = arnOf('policy', properties, properties.ManagedPolicyName ?? resource.physicalName(128));
    policies.addManaged(arn, properties.PolicyDocument);
    for (const role of properties.Roles ?? []) policies.attachManaged(role, arn);
    return { ref: arn, attributes: { PolicyArn: arn } };
  }

  return {
    name: 'iam',
    apis: [
      {
        signingNames: ['iam'],
        sdk,
        client: 'IAMClient',
        operations: { SimulatePrincipalPolicy: simulateOperation(policies) },
      },
    ],
    providers: [
      { type: 'AWS::IAM::Role', create: createRole },
      { type: 'AWS::IAM::Policy', create: createPolicy },
      { type: 'AWS::IAM::ManagedPolicy', create: createManagedPolicy },
    ],
    close() {},
  };
}
