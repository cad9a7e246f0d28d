import type { Judgement } from '../../schemas/finding.ts';
import { ROLLBACK_ROLE_VARIABLE } from '../../schemas/names.ts';
import { judgePermissions } from '../iam/judge-permissions.ts';
import { askAbout, type Question } from '../iam/simulate-role.ts';

/** Stands for a deployment that will have an id once it is there. */
const ANY_DEPLOYMENT = 'readiness';

/** What `roll-service-back` does to a service, by kinds of resources. */
export function rollbackQuestions(service: {
  readonly serviceArn: string;
  readonly clusterArn: string;
}): Question[] {
  const { serviceArn, clusterArn } = service;
  const context = { 'ecs:cluster': clusterArn };
  return [
    { actions: ['ecs:UpdateService', 'ecs:DescribeServices'], resources: [serviceArn], context },
    {
      actions: ['ecs:StopServiceDeployment'],
      resources: [`${serviceArn.replace(':service/', ':service-deployment/')}/${ANY_DEPLOYMENT}`],
      context,
    },
  ];
}

/** Judges whether Nightshift itself may roll the service back. */
export async function lookAtRollbackRole(service: {
  readonly serviceArn: string;
  readonly clusterArn: string;
}): Promise<Judgement> {
  const roleArn = process.env[ROLLBACK_ROLE_VARIABLE];
  if (roleArn === undefined || roleArn === '')
    return {
      verdict: 'unknown',
      observed: `the function was deployed without the variable ${ROLLBACK_ROLE_VARIABLE}`,
      expected: "Nightshift's own role may update the service",
    };
  return judgePermissions(roleArn, await askAbout(roleArn, rollbackQuestions(service)));
}
