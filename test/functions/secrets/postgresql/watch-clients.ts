import pg from 'pg';
import { vi } from 'vitest';

/** What tests do around statements that match. */
export interface Hooks {
  before: Array<{ readonly match: RegExp; readonly run: () => unknown }>;
  after: Array<{ readonly match: RegExp; readonly run: () => unknown }>;
}

/** Notes what Nightshift's sessions send; each hook is run once. */
export function watchClients(statements: string[], connections: string[], hooks: Hooks) {
  const isOurs = (client: unknown) =>
    (client as { connectionParameters?: { application_name?: string } }).connectionParameters
      ?.application_name === 'nightshift';
  const once = async (list: Hooks['before'], text: string) => {
    const at = list.findIndex(({ match }) => match.test(text));
    if (at >= 0) await list.splice(at, 1)[0]?.run();
  };
  const { connect, query } = pg.Client.prototype as unknown as Record<
    'connect' | 'query',
    (...given: unknown[]) => Promise<unknown>
  >;
  return [
    vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(async function (this: pg.Client) {
      if (isOurs(this)) {
        connections.push(this.user ?? '');
        await once(hooks.before, `connect ${this.user}`);
      }
      return (await connect.call(this)) as never;
    } as never),
    vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
      this: pg.Client,
      ...given: unknown[]
    ) {
      const text = typeof given[0] === 'string' ? given[0] : (given[0] as { text: string }).text;
      const ours = isOurs(this);
      if (ours) {
        statements.push(text);
        await once(hooks.before, text);
      }
      const answer = await query.apply(this, given);
      if (ours) await once(hooks.after, text);
      return answer as never;
    } as never),
  ];
}
