import type { Permission } from '../../contract.ts';
import { type Account, defaultOptionGroup } from './account.ts';
import { identifierOf } from './identifiers.ts';

type Tags = ReadonlyArray<{ Key?: string; Value?: string }> | undefined;

/**
 * Says which permissions calls need, by the resources of the Service Authorization Reference. Nothing here throws: what is not
 * there must look the same to whoever may not see it.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
export interface Permissions {
  db(action: string, nameOrArn: string | undefined, tags?: Tags): Permission;
  snapshot(action: string, nameOrArn: string | undefined, tags?: Tags): Permission;
  /** A subnet group (`subgrp`), parameter group (`pg`) or option group (`og`). */
  group(action: string, kind: 'subgrp' | 'pg' | 'og', name: string): Permission;
  /** What tagging a new resource needs besides; nothing without tags. */
  tagging(of: Permission, tags: Tags): Permission[];
  /** What lets RDS keep a master user's password in Secrets Manager, in the name of the caller. */
  keepingSecret(): Permission[];
  /** The groups that a restored instance gets. */
  restored(
    action: string,
    input: { DBSubnetGroupName?: string; DBParameterGroupName?: string; OptionGroupName?: string },
    engineVersion: string | undefined,
  ): Permission[];
}

export function createPermissions({ machine, instances, snapshots }: Account): Permissions {
  const arn = (kind: string, name: string) => machine.arn('rds', `${kind}:${name}`);
  const make = (
    action: string,
    resource: string,
    own: Readonly<Record<string, string>> | undefined,
    tags: Tags,
  ): Permission => ({
    action: `rds:${action}`,
    resource,
    conditions: {
      ...Object.fromEntries(
        Object.entries(own ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
      ),
      ...requestConditions(tags),
    },
  });
  const group: Permissions['group'] = (action, kind, name) => ({
    action: `rds:${action}`,
    resource: arn(kind, name.toLowerCase()),
  });
  return {
    db(action, nameOrArn, tags) {
      const name = nameOrArn === undefined ? '*' : identifierOf(nameOrArn);
      return make(action, arn('db', name), instances.get(name)?.tags, tags);
    },
    snapshot(action, nameOrArn, tags) {
      const name = nameOrArn === undefined ? '*' : identifierOf(nameOrArn);
      const own = arn('snapshot', name);
      // Another account's tags are not to be seen.
      const foreign = nameOrArn?.startsWith('arn:') && nameOrArn.toLowerCase() !== own;
      if (foreign) return make(action, nameOrArn as string, undefined, tags);
      return make(action, own, snapshots.get(name)?.tags, tags);
    },
    group,
    tagging: ({ resource }, tags) =>
      tags === undefined || tags.length === 0
        ? []
        : [{ action: 'rds:AddTagsToResource', resource, conditions: requestConditions(tags) }],
    keepingSecret: () =>
      ['CreateSecret', 'TagResource'].map((action) => ({
        action: `secretsmanager:${action}`,
        resource: machine.arn('secretsmanager', 'secret:rds!db-*'),
      })),
    restored: (action, input, engineVersion) => [
      group(action, 'subgrp', input.DBSubnetGroupName ?? 'default'),
      ...(input.DBParameterGroupName === undefined ? [] : [group(action, 'pg', input.DBParameterGroupName)]),
      // Every instance has an option group, PostgreSQL's being an empty one.
      ...(engineVersion === undefined
        ? []
        : [group(action, 'og', input.OptionGroupName ?? defaultOptionGroup(engineVersion))]),
    ],
  };
}

function requestConditions(tags: Tags): Record<string, string | string[]> {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
    'aws:TagKeys': tags.map(({ Key }) => Key ?? ''),
  };
}
