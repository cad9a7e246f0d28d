import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { inParallel } from '../../functions/in-parallel.ts';
import { DEMO } from '../../rehearsal/demo-names.ts';
import { HEALTH_DEFAULTS, type HealthPolicy } from '../../schemas/health.ts';
import { Parameter } from '../../schemas/names.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { BROKEN, SLOW, serveInTrouble, type Trouble } from './troubled-services.ts';

const DEPLOYMENT = 'nightshift';
const AT_A_TIME = 8;
/** A busy machine is slower than a data centre. */
const SLOWEST_MILLISECONDS = 4000;

export interface HowMany {
  readonly all: number;
  readonly broken: number;
  readonly slow: number;
  /** How often each is asked to take its latency; as often as when nothing is declared, when not given. */
  readonly samples?: number;
}

/** Services of a directory, and the trouble that some of them are in. */
export interface ManyServices {
  readonly names: readonly string[];
  /** Name of the service → its trouble; one that is not there is well. */
  readonly troubles: ReadonlyMap<string, Trouble>;
  close(): Promise<void>;
}

/**
 * Puts so many services in the place of the one that is declared. A stack of CloudFormation does not hold hundreds; the directory does.
 * For ECS each of them is the declared one, so that the permissions of the functions hold; over HTTP each is one of its own.
 */
export async function declareServices(ssm: SSMClient, howMany: HowMany): Promise<ManyServices> {
  const own = Parameter.target(DEPLOYMENT, 'service', DEMO.service);
  const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name: own }));
  // Nobody sends requests, so the balancer has nothing to tell.
  const { loadBalancer: _, targetGroup: __, ...declared } = JSON.parse(found?.Value ?? '{}') as ServiceTarget;
  await emptyDirectory(ssm);
  const names = Array.from(
    { length: howMany.all },
    (_, index) => `service-${String(index + 1).padStart(3, '0')}`,
  );
  const troubles = troublesOf(names, howMany);
  const servers = await inParallel(names, AT_A_TIME, async (name) => {
    const server = await serveInTrouble(troubles.get(name));
    const target: ServiceTarget = {
      ...declared,
      name,
      baseUrl: `http://${server.host}`,
      latencyLimitMilliseconds: SLOWEST_MILLISECONDS,
      health: healthOf(howMany),
    };
    await ssm.send(
      new PutParameterCommand({
        Name: Parameter.target(DEPLOYMENT, 'service', name),
        Value: JSON.stringify(target),
        Type: 'String',
      }),
    );
    return server;
  });
  return {
    names,
    troubles,
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Takes out of it all that the daily check would look at. */
async function emptyDirectory(ssm: SSMClient): Promise<void> {
  for (const kind of ['service', 'database', 'cache']) {
    const { Parameters = [] } = await ssm.send(
      new GetParametersByPathCommand({ Path: Parameter.targets(DEPLOYMENT, kind) }),
    );
    for (const { Name } of Parameters) await ssm.send(new DeleteParameterCommand({ Name }));
  }
}

const healthOf = ({ samples = HEALTH_DEFAULTS.http.samples }: HowMany): HealthPolicy => ({
  ...HEALTH_DEFAULTS,
  http: { ...HEALTH_DEFAULTS.http, samples, p95Milliseconds: SLOWEST_MILLISECONDS, redirects: 3 },
  starts: ['roll-back-service'],
});

/** Spread over all of them, as trouble is, and of each kind as many as of the others. */
function troublesOf(names: readonly string[], { all, broken, slow }: HowMany): Map<string, Trouble> {
  const count = broken + slow;
  const places = Array.from({ length: count }, (_, index) => names[Math.floor((index * all) / count)] ?? '');
  const isSlow = (index: number) =>
    Math.floor(((index + 1) * slow) / count) > Math.floor((index * slow) / count);
  const turns = { broken: cycle(BROKEN), slow: cycle(SLOW) };
  return new Map(places.map((name, index) => [name, turns[isSlow(index) ? 'slow' : 'broken']()]));
}

/** The kinds one after the other, again and again. */
function cycle<Kind extends Trouble>(kinds: Readonly<Record<Kind, unknown>>): () => Kind {
  const names = Object.keys(kinds) as Kind[];
  let next = 0;
  return () => names[next++ % names.length] as Kind;
}
