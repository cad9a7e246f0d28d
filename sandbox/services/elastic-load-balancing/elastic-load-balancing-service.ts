import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Machine, Resource, Service } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { type Balancer, createBalancer } from './load-balancer.ts';
import { TargetGroup } from './target-group.ts';

const MINUTE_MILLISECONDS = 60_000;
const identifierOf = (resource: Resource) =>
  createHash('sha256').update(`${resource.stack}/${resource.logicalId}`).digest('hex').slice(0, 16);

/**
 * Elastic Load Balancing: each Application Load Balancer is a reverse proxy on a free port of 127.0.0.1.
 *
 * One deviation: `DNSName` is `127.0.0.1:PORT`, for a name alone cannot say the port. The API is not offered.
 */
export function createElasticLoadBalancingService(machine: Machine): Service {
  const groups = new Map<string, TargetGroup>();
  const balancers = new Map<string, Balancer>();

  machine.engines.registerTarget = (targetGroupArn, port) => {
    const group = groups.get(targetGroupArn);
    if (!group) throw new Error(`The target group ${targetGroupArn} does not exist.`);
    return group.register(port);
  };

  // Host counts are sampled, as load balancers do, more often than their minute.
  const stopSampling = machine.clock.every(MINUTE_MILLISECONDS / 4, () => {
    for (const { forwardTo, fullName } of balancers.values()) {
      if (!forwardTo) continue;
      const { healthy, unhealthy } = forwardTo.counts();
      const dimensions = { LoadBalancer: fullName, TargetGroup: forwardTo.settings.fullName };
      machine.engines.putMetric({
        namespace: 'AWS/ApplicationELB',
        name: 'HealthyHostCount',
        dimensions,
        value: healthy,
      });
      machine.engines.putMetric({
        namespace: 'AWS/ApplicationELB',
        name: 'UnHealthyHostCount',
        dimensions,
        value: unhealthy,
      });
    }
  });

  async function createLoadBalancer(resource: Resource) {
    refuseUnknown(resource, [
      'Name',
      'Type',
      'Scheme',
      'Subnets',
      'SecurityGroups',
      'LoadBalancerAttributes',
      'IpAddressType',
    ]);
    if ((resource.properties.Type ?? 'application') !== 'application')
      throw new Error('the sandbox has Application Load Balancers only');
    const name = resource.properties.Name ?? resource.physicalName(32);
    const fullName = `app/${name}/${identifierOf(resource)}`;
    const arn = machine.arn('elasticloadbalancing', `loadbalancer/${fullName}`);
    const balancer = createBalancer(machine, fullName);
    balancer.server.listen(0, '127.0.0.1');
    await once(balancer.server, 'listening');
    balancers.set(arn, balancer);
    const address = `127.0.0.1:${(balancer.server.address() as AddressInfo).port}`;
    return {
      ref: arn,
      attributes: {
        DNSName: address,
        LoadBalancerArn: arn,
        LoadBalancerFullName: fullName,
        LoadBalancerName: name,
        CanonicalHostedZoneID: 'Z35SXDOTRQ7X7K',
        SecurityGroups: resource.properties.SecurityGroups ?? [],
      },
    };
  }

  function createTargetGroup(resource: Resource) {
    refuseUnknown(resource, [
      'Name',
      'Port',
      'Protocol',
      'TargetType',
      'VpcId',
      'TargetGroupAttributes',
      'HealthCheckPath',
      'HealthCheckIntervalSeconds',
      'HealthCheckTimeoutSeconds',
      'HealthyThresholdCount',
      'UnhealthyThresholdCount',
      'Matcher',
      'HealthCheckProtocol',
      'HealthCheckPort',
      'HealthCheckEnabled',
      'ProtocolVersion',
      'IpAddressType',
    ]);
    const { properties } = resource;
    const name = properties.Name ?? resource.physicalName(32);
    const fullName = `targetgroup/${name}/${identifierOf(resource)}`;
    const arn = machine.arn('elasticloadbalancing', fullName);
    const delay =
      properties.TargetGroupAttributes?.find(
        ({ Key }: { Key: string }) => Key === 'deregistration_delay.timeout_seconds',
      )?.Value ?? '300';
    groups.set(
      arn,
      new TargetGroup(machine, {
        name,
        arn,
        fullName,
        path: properties.HealthCheckPath ?? '/',
        intervalSeconds: properties.HealthCheckIntervalSeconds ?? 30,
        timeoutSeconds: properties.HealthCheckTimeoutSeconds ?? 5,
        healthyThreshold: properties.HealthyThresholdCount ?? 5,
        unhealthyThreshold: properties.UnhealthyThresholdCount ?? 2,
        matcher: properties.Matcher?.HttpCode ?? '200',
        deregistrationSeconds: Number(delay),
      }),
    );
    return {
      ref: arn,
      attributes: {
        TargetGroupArn: arn,
        TargetGroupFullName: fullName,
        TargetGroupName: name,
        LoadBalancerArns: [],
      },
    };
  }

  function createListener(resource: Resource) {
    refuseUnknown(resource, [
      'LoadBalancerArn',
      'Port',
      'Protocol',
      'DefaultActions',
      'Certificates',
      'SslPolicy',
    ]);
    const { LoadBalancerArn, DefaultActions } = resource.properties;
    const balancer = balancers.get(LoadBalancerArn);
    if (!balancer) throw new Error(`the load balancer ${LoadBalancerArn} does not exist`);
    const [action] = DefaultActions;
    if (DefaultActions.length !== 1 || action.Type !== 'forward')
      throw new Error('the sandbox has listeners with one default action of the type forward only');
    const groupArn = action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
    balancer.forwardTo = groups.get(groupArn);
    const arn = LoadBalancerArn.replace(':loadbalancer/', ':listener/').concat(`/${identifierOf(resource)}`);
    return { ref: arn, attributes: { ListenerArn: arn } };
  }

  return {
    name: 'elastic-load-balancing',
    apis: [],
    providers: [
      { type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', create: createLoadBalancer },
      { type: 'AWS::ElasticLoadBalancingV2::TargetGroup', create: createTargetGroup },
      { type: 'AWS::ElasticLoadBalancingV2::Listener', create: createListener },
    ],
    async close() {
      stopSampling();
      for (const group of groups.values()) group.close();
      await Promise.all(
        [...balancers.values()].map(({ server }) => {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          return closed;
        }),
      );
    },
  };
}
