import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Run } from '../../schemas/run.ts';
import { audit } from '../run/audit-log.ts';
import type { StepTools } from '../step.ts';
import { ecs } from './client.ts';
import type { AwaitedConsumers } from './consumer-state.ts';
import type { DeclaredService } from './consumers.ts';
import { decideRedeployment } from './decide-redeployment.ts';
import { primaryOf } from './describe-service.ts';

const CALL = 'ecs:UpdateService';

/**
 * Has ECS deploy a service anew, unless an earlier attempt has, or it cannot be.
 *
 * @param secrets for which, by name
 * @param at when this run began to ask for it (ISO 8601)
 */
export async function redeployService(
  { target, service }: DeclaredService,
  secrets: readonly string[],
  at: string,
  run: Run,
  tools: StepTools,
): Promise<AwaitedConsumers['services']> {
  const { name, cluster } = target;
  const decision = decideRedeployment(service, Date.parse(at));
  if (decision.do === 'leave') {
    await audit(run.id, tools, 'observation', `${name} is not deployed anew: ${decision.why}.`);
    return [];
  }
  let deployment: string | undefined;
  if (decision.do === 'await') {
    deployment = decision.deployment;
    await audit(run.id, tools, 'observation', `${name} is being deployed anew already (${deployment}).`);
  } else {
    await audit(run.id, tools, 'action', `Deploys ${name} anew for ${secrets.join(', ')}.`, {
      call: CALL,
      cluster,
      service: target.service,
    });
    // Without desiredCount: what autoscaling decided stays.
    const updated = await ecs().send(
      new UpdateServiceCommand({ cluster, service: target.service, forceNewDeployment: true }),
      { abortSignal: tools.signal },
    );
    deployment = updated.service && primaryOf(updated.service)?.id;
  }
  return [
    {
      name,
      cluster,
      service: target.service,
      running: service?.desiredCount ?? 0,
      // The deployment says which.
      taskDefinition: null,
      ...(deployment === undefined ? {} : { deployment: { id: deployment, since: at } }),
    },
  ];
}
