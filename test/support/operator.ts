import { PutParameterCommand } from '@aws-sdk/client-ssm';
import type { Stage } from '../../rehearsal/stage.ts';
import { Parameter } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';

/** What a person does with `roll-back-service` by hand, on a stage. */
export class Operator {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  entry() {
    return this.#stage.deployment.runbook('roll-back-service');
  }

  /** How many runs there have been. */
  async runs(): Promise<number> {
    return (await this.#stage.deployment.runsOf(await this.entry())).length;
  }

  async begin(input: object): Promise<{ arn: string }> {
    return this.#stage.deployment.start(await this.entry(), JSON.stringify(input));
  }

  /** Starts a run and waits for its end. */
  async run(input: object): Promise<RunRecord> {
    const record = await this.#stage.deployment.follow((await this.begin(input)).arn, () => {});
    if (record === undefined) throw new Error('The run left no record.');
    return record;
  }

  async setSwitch(Value: 'on' | 'off'): Promise<void> {
    await this.#stage.clients.ssm.send(
      new PutParameterCommand({ Name: Parameter.killSwitch('nightshift'), Value, Overwrite: true }),
    );
  }

  /** The latest page, once one has come. */
  page(): Promise<string> {
    return this.#stage.until('a page', 600, async () => (await this.#stage.team.takePages()).at(-1));
  }
}
