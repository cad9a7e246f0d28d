import type { Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import { tagList, tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { invalidValue } from './errors.ts';
import type { Permissions } from './permissions.ts';

/** Tags of instances and snapshots. */
export function tagOperations(account: Account, allow: Permissions): Record<string, Operation> {
  const kindOf = (arn: string) => /^arn:[^:]*:rds:[^:]*:[^:]*:(db|snapshot):/.exec(arn)?.[1];

  /** What has the tags; to be changed in place. */
  function find(arn: string): { tags: Record<string, string> } {
    const kind = kindOf(arn);
    if (kind === 'db') return account.instance(arn);
    if (kind === 'snapshot') return account.snapshot(arn);
    throw invalidValue(`The sandbox knows no resource with tags of the name ${arn}.`);
  }
  const permissionOn = (
    action: string,
    {
      ResourceName,
      Tags,
      TagKeys,
    }: { ResourceName: string; Tags?: Array<{ Key?: string; Value?: string }>; TagKeys?: string[] },
  ) => {
    const permission =
      kindOf(ResourceName) === 'snapshot'
        ? allow.snapshot(action, ResourceName, Tags)
        : { ...allow.db(action, ResourceName, Tags), resource: ResourceName };
    // Of tags that are taken away only the keys are in the request.
    const removed = TagKeys === undefined ? {} : { 'aws:TagKeys': TagKeys };
    return [{ ...permission, conditions: { ...permission.conditions, ...removed } }];
  };

  return {
    AddTagsToResource: {
      permissions: (input) => permissionOn('AddTagsToResource', input),
      handle(input) {
        const resource = find(input.ResourceName);
        resource.tags = { ...resource.tags, ...tagMap(input.Tags) };
        return {};
      },
    },
    RemoveTagsFromResource: {
      permissions: (input) => permissionOn('RemoveTagsFromResource', input),
      handle(input) {
        const resource = find(input.ResourceName);
        resource.tags = Object.fromEntries(
          Object.entries(resource.tags).filter(([key]) => !input.TagKeys.includes(key)),
        );
        return {};
      },
    },
    ListTagsForResource: {
      permissions: (input) => permissionOn('ListTagsForResource', input),
      handle(input) {
        refuseMembers(input, ['ResourceName']);
        return { TagList: tagList(find(input.ResourceName).tags) };
      },
    },
  };
}
