import type { Action, Change } from '../../schemas/run.ts';
import type { RotationDecision } from './decide-rotation.ts';
import { type PlannedSecret, shortVersion } from './rotation-state.ts';

/** What each part of a rotation takes as a rule, in seconds: four calls of a function; tasks that start while others still serve. */
const SECONDS = { rotate: 60, redeploy: 240, prove: 30, retire: 10 } as const;
/** A new key is published so long before it signs; other values are good at once. */
const KEY_SECONDS = 60;
/** Calls of Secrets Manager cost $0.05 per 10,000; a rotation makes some dozen. */
const ROTATION_USD = 0.0002;

/** Kinds whose current value holds the old one, too, until it is retired. */
const RINGS: ReadonlySet<string> = new Set(['signing-key']);

/** What a run would write, in order. */
export function rotationActions(decision: RotationDecision): Action[] {
  const { secrets, services, compromised } = decision;
  return [
    ...secrets.flatMap((secret) => actionOn(secret, compromised)),
    ...services.map(
      ({ name, cluster, service }): Action => ({
        id: `redeploy-${name}`,
        title: `Start the tasks of ${name} anew, a few at a time, with what is current then`,
        call: 'ecs:UpdateService',
        resource: `${cluster}/${service}`,
        parameters: { cluster, service, forceNewDeployment: true },
        reversible: true,
        undo: compromised
          ? 'The tasks are started anew once more when another value is current.'
          : 'When the earlier value is current again, the tasks are started anew once more.',
        expectedSeconds: SECONDS.redeploy,
        costUsd: 0,
      }),
    ),
    ...secrets.flatMap(({ name, arn, kind, retires, consumers }): Action[] =>
      retires === null
        ? []
        : [
            {
              id: `retire-${name}`,
              title: `Take away what the value before opened (version ${shortVersion(retires)} of ${name})${compromised ? ', and end the sessions that were opened with it' : ''}, once all consumers were seen to use the new one`,
              call: 'lambda:InvokeFunction',
              resource: arn,
              parameters: { operation: 'retire', version: retires, endSessions: compromised },
              reversible: false,
              undo: 'It cannot be undone: rotate the secret again where a consumer turns out to need it.',
              expectedSeconds: SECONDS.retire,
              costUsd: 0,
            },
            ...(RINGS.has(kind) && consumers.length > 0
              ? [
                  {
                    id: `redeploy-without-${name}`,
                    title: `Start the tasks of ${consumers.join(', ')} anew once more where the old key was taken out of ${name}, so that none of them accepts it`,
                    call: 'ecs:UpdateService',
                    resource: consumers.join(', '),
                    parameters: { services: consumers, forceNewDeployment: true },
                    reversible: true,
                    undo: 'Nothing needs to be undone: they run what they ran.',
                    expectedSeconds: SECONDS.redeploy,
                    costUsd: 0,
                  },
                ]
              : []),
          ],
    ),
  ];
}

function actionOn(secret: PlannedSecret, compromised: boolean): Action[] {
  const { name, arn, kind, current, previous, token, does, leftBehind } = secret;
  if (does === 'rotate')
    return [
      {
        id: `rotate-${name}`,
        title: `Rotate ${name} (${kind}): version ${shortVersion(current)} is replaced by ${shortVersion(token)}`,
        call: 'secretsmanager:RotateSecret',
        resource: arn,
        parameters: { token, replaces: current, leftBehind },
        reversible: !compromised,
        undo: compromised
          ? 'It is not undone: the value before is known to others.'
          : 'The earlier value is made good again where it is used, and then current.',
        expectedSeconds: kind === 'signing-key' ? KEY_SECONDS + SECONDS.rotate : SECONDS.rotate,
        costUsd: ROTATION_USD,
      },
    ];
  if (does !== 'undo') return [];
  return [
    {
      id: `return-${name}`,
      title: `Make the earlier value of ${name} good again where it is used, and then current (version ${shortVersion(previous)} in the place of ${shortVersion(current)})`,
      call: 'lambda:InvokeFunction',
      resource: arn,
      parameters: { operation: 'put-back', good: previous, bad: current },
      reversible: false,
      undo: 'Rotate the secret again.',
      expectedSeconds: SECONDS.rotate,
      costUsd: 0,
    },
  ];
}

/** What would be different then. */
export function rotationChanges({ secrets, services }: RotationDecision): Change[] {
  return [
    ...secrets.flatMap(({ name, does, current, previous, token }): Change[] =>
      does === 'rotate' || does === 'undo'
        ? [
            {
              what: `secret.${name}`,
              kind: 'secret',
              from: `version ${shortVersion(current)}`,
              to:
                does === 'rotate'
                  ? `version ${shortVersion(token)}`
                  : `version ${shortVersion(previous)}, as it was before`,
            },
          ]
        : [],
    ),
    ...services.map(
      ({ name }): Change => ({
        what: `service.${name}`,
        kind: 'secret',
        from: 'tasks with the value that they were started with',
        to: 'the same task definition, tasks started anew',
      }),
    ),
  ];
}
