import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { expect } from 'vitest';
import { openStage } from '../../rehearsal/open-stage.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { Tag } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { DatabaseOperator } from './database-operator.ts';

/** Another number than the stack declares: what runs is what has to come back. */
export const TASKS = 3;

/** A database with one good snapshot and a service of {@link TASKS} tasks, and what there is to look at around a swap. */
export class SwapStage {
  readonly stage: Stage;
  readonly sandbox: Sandbox;
  readonly operator: DatabaseOperator;
  readonly close: () => Promise<void>;
  /** What RDS knows the original by, whatever it is called. */
  original = '';

  private constructor({ stage, sandbox, close }: Awaited<ReturnType<typeof openStage>>) {
    this.stage = stage;
    this.sandbox = sandbox;
    this.close = close;
    this.operator = new DatabaseOperator(stage);
  }

  static async open(speed: number): Promise<SwapStage> {
    const swap = new SwapStage(
      await openStage({
        speed,
        needsGoodRelease: false,
        hasTraffic: false,
        say: (seconds, line) => process.env.DEBUG && process.stderr.write(`${seconds} s  ${line}\n`),
      }),
    );
    const { stage, operator } = swap;
    try {
      await operator.changePolicy({ didNotHold: { times: 100, windowMinutes: 360 } });
      await stage.clients.ecs.send(
        new UpdateServiceCommand({ cluster: 'demo', service: 'api', desiredCount: TASKS }),
      );
      await stage.database.sql('demo', "INSERT INTO items (name) VALUES ('sold')");
      expect(await operator.run('snapshot-database')).toMatchObject({ outcome: 'verified' });
      swap.original = await swap.resourceOf('demo');
      await swap.serves();
      return swap;
    } catch (error) {
      await swap.close();
      throw error;
    }
  }

  async resourceOf(name: string): Promise<string> {
    const instances = await this.stage.database.instances();
    return instances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === name)?.DbiResourceId ?? '';
  }

  /** Names of all instances without what is different in every run. */
  async names(): Promise<string[]> {
    return (await this.stage.database.names()).map((name) => name.replace(/-[0-9a-f]{6}$/, ''));
  }

  /** The runs whose swap an instance takes part in. */
  async marks(): Promise<string[]> {
    return Object.values(await this.operator.tags()).flatMap((tags) => tags[Tag.swap] ?? []);
  }

  /** Waits until the service has as many tasks as before. */
  async serves(): Promise<void> {
    await this.stage.until('the service to have all its tasks', 900, async () => {
      const { desiredCount, runningCount, deployments } = await this.stage.team.service();
      return desiredCount === TASKS && runningCount === TASKS && deployments?.length === 1;
    });
  }

  page(): Promise<string> {
    return this.stage.until('the page', 600, async () => (await this.stage.team.takePages()).at(-1));
  }

  /** Starts a swap. Returns the execution's ARN. */
  begin(): Promise<string> {
    return this.stage.begin('restore-database', { database: 'main', mode: 'swap' });
  }

  /** Starts a swap and has it approved. */
  async beginApproved(): Promise<string> {
    const arn = await this.begin();
    await this.stage.approve(arn);
    return arn;
  }

  follow(arn: string): Promise<RunRecord> {
    return this.stage.follow('restore-database', arn);
  }

  /** Waits until a run has come to a state. */
  async entered(arn: string, state: string): Promise<void> {
    await this.stage.until(state, 3600, async () =>
      (await this.stage.deployment.history(arn)).some(
        ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state,
      ),
    );
  }

  /** Waits until a run asks for approval. */
  waiting(arn: string): Promise<RunRecord> {
    return this.stage.until('the question for approval', 3600, async () => {
      const record = await this.stage.deployment.record(arn);
      return record?.approval !== undefined && record;
    });
  }

  /** The original has its name, nothing is half-way, nobody holds a lock, and the service has its tasks. */
  async expectAsBefore(): Promise<void> {
    expect(await this.resourceOf('demo')).toBe(this.original);
    expect(await this.marks()).toEqual([]);
    expect(await this.operator.locks()).toEqual([]);
    await this.serves();
  }
}
