import type { Deployment } from '../bin/command/aws.ts';
import type { Clock } from '../sandbox/contract.ts';
import type { Outcome, RunRecord } from '../schemas/run.ts';
import type { Clients } from './clients.ts';
import type { Team } from './team.ts';
import type { TeamDatabase } from './team-database.ts';
import type { TeamSecrets } from './team-secrets.ts';
import type { Traffic } from './traffic.ts';

/** What a scenario plays on. */
export interface Stage {
  readonly team: Team;
  readonly database: TeamDatabase;
  readonly secrets: TeamSecrets;
  readonly clients: Clients;
  readonly deployment: Deployment;
  readonly traffic: Traffic;
  /** Where the service is reached through its load balancer. */
  readonly baseUrl: string;
  /** The sandbox's. */
  readonly clock: Clock;
  /** The release that has been recorded as good, `api:2`; where the scenario asked for none, what runs. */
  readonly good: string;
  /** Tells the story: one line, with the sandbox's time since the beginning. */
  tell(line: string): void;
  /** Waits until something holds, looking again and again; fails after so many sandbox seconds, saying what was waited for. */
  until<T>(what: string, seconds: number, look: () => Promise<T | undefined | false>): Promise<T>;
  /** Follows the first run of a runbook, `roll-back-service` when not given, that starts by itself after a number of earlier ones, showing its progress. */
  followRun(earlier: number, runbook?: string): Promise<RunRecord>;
  /** Starts a runbook as a person does, or as its input says. Returns the execution's ARN. */
  begin(runbook: string, input: object): Promise<string>;
  /** Follows a run to its end, showing its progress. */
  follow(runbook: string, arn: string): Promise<RunRecord>;
  /** Starts a runbook and follows it to its end. */
  run(runbook: string, input: object): Promise<RunRecord>;
  /** Waits until a run asks for approval, and approves what it shows. */
  approve(arn: string): Promise<RunRecord>;
}

/** A story of something that goes wrong, with the end that it must have. */
export interface Scenario {
  readonly name: string;
  /** One sentence for whoever reads the list. */
  readonly summary: string;
  readonly outcome: Outcome;
  /** A good release has to be recorded before it begins. */
  readonly needsGoodRelease?: boolean;
  /** Lets it happen, and returns the runs that answered it. */
  play(stage: Stage): Promise<RunRecord[]>;
  /** Facts that must hold afterwards, by their AWS APIs; each returns what differs, or undefined. */
  verify(stage: Stage, runs: readonly RunRecord[]): Promise<Array<string | undefined>>;
}

/** `undefined` when equal; otherwise what was expected and what was found. */
export function differs(what: string, expected: unknown, found: unknown): string | undefined {
  return JSON.stringify(expected) === JSON.stringify(found)
    ? undefined
    : `${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}
