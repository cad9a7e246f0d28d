import { randomBytes } from 'node:crypto';
import { AwsError, type Caller, type Permission, type Policies } from '../contract.ts';
import type { FindSigner, Signer } from '../wire/authenticate.ts';
import type { ConditionValues } from './conditions.ts';
import { evaluate } from './evaluate.ts';
import { grantsNeeded, grantsOf } from './grants.ts';
import { managedPolicy } from './managed-policies.ts';
import { type PolicyDocument, readPolicy } from './policy-document.ts';
import { requireWithinQuota } from './policy-quota.ts';
import { type Simulated, simulate } from './simulate.ts';

interface Role {
  readonly arn: string;
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly policies: Map<string, PolicyDocument>;
  /** Those that are part of it, as they were written. */
  readonly inline: Map<string, unknown>;
  /** `action on resource`, as asked. */
  readonly used: Set<string>;
  /** `action pattern on resource pattern`, as granted and needed by some call. */
  readonly needed: Set<string>;
}

export interface PolicyEngine extends Policies {
  /** Who holds an access key made by {@link Policies.credentialsFor}. */
  readonly findSigner: FindSigner;
  readonly administrator: { accessKeyId: string; secretAccessKey: string };
  /** Keeps a customer-managed policy, to be attached by its ARN. */
  addManaged(arn: string, document: unknown): void;
  /** Attaches a customer-managed or AWS-managed policy. */
  attachManaged(roleName: string, policyArn: string): void;
  /** What a role's own policies say; throws `NoSuchEntity`. */
  simulate(roleArn: string, permission: Permission, context: ConditionValues): Simulated;
  /** Every permission that a role was allowed to use and did use: `role name → action on resource`. */
  usage(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Every grant that no call has needed so far: `role name → action pattern on resource pattern`. */
  unused(): ReadonlyMap<string, ReadonlySet<string>>;
}

/** Roles, their policies and their credentials. */
export function createPolicies(account: string): PolicyEngine {
  const roles = new Map<string, Role>();
  const byName = new Map<string, Role>();
  const managed = new Map<string, PolicyDocument>();
  const signers = new Map<string, Signer>();

  function issueKey(caller: Caller, prefix: 'AKIA' | 'ASIA', sessionToken?: string) {
    const accessKeyId = `${prefix}${randomBytes(8).toString('hex').toUpperCase()}`;
    const secretAccessKey = randomBytes(30).toString('base64url');
    signers.set(accessKeyId, {
      secretAccessKey,
      caller,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    return { accessKeyId, secretAccessKey };
  }

  function roleNamed(name: string): Role {
    const role = byName.get(name);
    if (role) return role;
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, { status: 404 });
  }

  /** The caller as AWS writes it in refusals. */
  function nameOf(caller: Caller): string {
    if (caller.kind === 'administrator') return `arn:aws:iam::${account}:user/administrator`;
    if (caller.kind === 'service') return caller.principal;
    return `arn:aws:sts::${account}:assumed-role/${caller.roleArn.split('/').at(-1)}/${caller.session}`;
  }

  /** Global condition keys. Requests count as encrypted: the endpoint stands for HTTPS ones. */
  function contextOf(caller: Caller) {
    const common = { 'aws:SecureTransport': 'true', 'aws:PrincipalAccount': account };
    if (caller.kind === 'service') {
      return {
        ...common,
        'aws:PrincipalIsAWSService': 'true',
        'aws:SourceArn': caller.sourceArn,
        'aws:SourceAccount': account,
        'aws:SourceOwner': account,
      };
    }
    const arn = caller.kind === 'role' ? caller.roleArn : nameOf(caller);
    return { ...common, 'aws:PrincipalIsAWSService': 'false', 'aws:PrincipalArn': arn };
  }

  function denied(caller: Caller, { action, resource }: Permission, why: string): AwsError {
    const message = `User: ${nameOf(caller)} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
    return new AwsError('AccessDeniedException', message, { status: 403 });
  }

  function require(caller: Caller, permission: Permission, resourcePolicy?: unknown): void {
    if (caller.kind === 'administrator') return;
    const context = contextOf(caller);
    const resourceBased = resourcePolicy
      ? [readPolicy(resourcePolicy, `The policy of ${permission.resource}`)]
      : [];
    if (caller.kind === 'service') {
      const principal = { arn: caller.principal, account, service: caller.principal };
      const { decision } = evaluate(resourceBased, permission, context, principal);
      if (decision === 'deny')
        throw denied(caller, permission, 'with an explicit deny in a resource-based policy');
      if (decision === 'allow') return;
      throw denied(
        caller,
        permission,
        `because no resource-based policy allows the ${permission.action} action`,
      );
    }
    const role = roles.get(caller.roleArn);
    if (!role) throw denied(caller, permission, 'because the role does not exist');
    const identity = evaluate([...role.policies.values()], permission, context);
    const resource = evaluate(resourceBased, permission, context, { arn: role.arn, account });
    if (identity.decision === 'deny')
      throw denied(caller, permission, 'with an explicit deny in an identity-based policy');
    if (resource.decision === 'deny')
      throw denied(caller, permission, 'with an explicit deny in a resource-based policy');
    // Within one account either side is enough.
    if (identity.decision !== 'allow' && resource.decision !== 'allow') {
      throw denied(
        caller,
        permission,
        `because no identity-based policy allows the ${permission.action} action`,
      );
    }
    role.used.add(`${permission.action} on ${permission.resource}`);
    for (const grant of grantsNeeded(identity.allowedBy, permission)) role.needed.add(grant);
  }

  function requireAssumable(roleArn: string, principal: string, sourceArn?: string): void {
    const permission = { action: 'sts:AssumeRole', resource: roleArn };
    const caller: Caller = { kind: 'service', principal, sourceArn: sourceArn ?? '' };
    const role = roles.get(roleArn);
    if (!role) throw denied(caller, permission, 'because the role does not exist');
    const context = { ...contextOf(caller), 'aws:SourceArn': sourceArn };
    const { decision } = evaluate([role.trust], permission, context, {
      arn: principal,
      account,
      service: principal,
    });
    if (decision !== 'allow') {
      throw denied(caller, permission, `because the role's trust policy does not allow it to ${principal}`);
    }
  }

  function requireAssumeRole(caller: Caller, roleArn: string): void {
    const permission = { action: 'sts:AssumeRole', resource: roleArn };
    const role = roles.get(roleArn);
    const arn = caller.kind === 'role' ? caller.roleArn : nameOf(caller);
    const trusted = role && evaluate([role.trust], permission, contextOf(caller), { arn, account });
    if (trusted?.decision === 'deny')
      throw denied(caller, permission, 'with an explicit deny in a resource-based policy');
    if (!trusted || trusted.decision === 'none') {
      throw denied(caller, permission, 'because no resource-based policy allows the sts:AssumeRole action');
    }
    require(caller, permission, role.trust);
  }

  return {
    administrator: issueKey({ kind: 'administrator' }, 'AKIA'),
    require,
    requireAssumable,
    requireAssumeRole,
    findSigner: (accessKeyId) => signers.get(accessKeyId),
    simulate(roleArn, permission, context) {
      const role = roles.get(roleArn) ?? roleNamed(roleArn.split('/').at(-1) as string);
      return simulate([...role.policies.values()], permission, context);
    },
    usage: () =>
      new Map([...byName].filter(([, role]) => role.used.size > 0).map(([name, role]) => [name, role.used])),
    unused: () =>
      new Map(
        [...byName]
          .map(
            ([name, role]) =>
              [
                name,
                new Set(grantsOf([...role.policies.values()]).filter((grant) => !role.needed.has(grant))),
              ] as const,
          )
          .filter(([, grants]) => grants.size > 0),
      ),
    addRole({ arn, name, trust }) {
      const policy = readPolicy(trust, `The trust policy of ${name}`);
      const role = {
        arn,
        name,
        trust: policy,
        policies: new Map(),
        inline: new Map(),
        used: new Set<string>(),
        needed: new Set<string>(),
      };
      roles.set(arn, role);
      byName.set(name, role);
    },
    attach(roleName, { name, document }) {
      const role = roleNamed(roleName);
      const policy = readPolicy(document, `The policy ${name}`);
      const others = [...role.inline].filter(([other]) => other !== name).map(([, one]) => one);
      requireWithinQuota(roleName, [...others, document]);
      role.inline.set(name, document);
      role.policies.set(name, policy);
    },
    addManaged: (arn, document) => void managed.set(arn, readPolicy(document, `The policy ${arn}`)),
    attachManaged(roleName, policyArn) {
      roleNamed(roleName).policies.set(policyArn, managed.get(policyArn) ?? managedPolicy(policyArn));
    },
    credentialsFor(roleArn, session) {
      if (!roles.has(roleArn))
        throw new AwsError('NoSuchEntity', `The role ${roleArn} does not exist.`, { status: 404 });
      const sessionToken = randomBytes(24).toString('base64url');
      return { ...issueKey({ kind: 'role', roleArn, session }, 'ASIA', sessionToken), sessionToken };
    },
  };
}
