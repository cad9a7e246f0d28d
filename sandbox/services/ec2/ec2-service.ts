import type { Machine, Resource, Service } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';

const RULE = [
  'IpProtocol',
  'FromPort',
  'ToPort',
  'CidrIp',
  'CidrIpv6',
  'GroupId',
  'SourceSecurityGroupId',
  'SourceSecurityGroupOwnerId',
  'DestinationSecurityGroupId',
];

/** Security groups as records: on one machine everything is on 127.0.0.1, where no packet passes one. EC2's API is not offered. */
export function createEc2Service(_machine: Machine): Service {
  const identify = (resource: Resource, prefix: string) =>
    `${prefix}-${resource.physicalName(40).slice(-12).toLowerCase()}`;
  const createRule = (resource: Resource) => {
    refuseUnknown(resource, RULE);
    const id = identify(resource, 'sgr');
    return { ref: id, attributes: { Id: id } };
  };
  return {
    name: 'ec2',
    apis: [],
    providers: [
      {
        type: 'AWS::EC2::SecurityGroup',
        create(resource) {
          refuseUnknown(resource, [
            'GroupName',
            'GroupDescription',
            'VpcId',
            'SecurityGroupIngress',
            'SecurityGroupEgress',
          ]);
          const id = identify(resource, 'sg');
          return { ref: id, attributes: { GroupId: id, Id: id, VpcId: resource.properties.VpcId ?? '' } };
        },
      },
      { type: 'AWS::EC2::SecurityGroupIngress', create: createRule },
      { type: 'AWS::EC2::SecurityGroupEgress', create: createRule },
    ],
    close() {},
  };
}
