import { differs, type Scenario } from '../stage.ts';

/** Somebody drops a table. The restore stands beside the original, and says which rows come back. */
export const lostTable: Scenario = {
  name: 'lost-table',
  summary: 'somebody drops a table → a restore beside the original proves which rows come back',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    await stage.database.sql('demo', 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL)');
    await stage.database.sql(
      'demo',
      'INSERT INTO orders SELECT n, n * 1.25 FROM generate_series(1, 500) AS n',
    );
    const snapshot = await stage.run('snapshot-database', { database: 'main' });
    await stage.database.sql('demo', 'INSERT INTO orders SELECT n, n FROM generate_series(501, 520) AS n');
    await stage.database.sql('demo', 'DROP TABLE orders');
    stage.tell('twenty more orders came in, and then somebody dropped the table of the orders');
    return [await stage.run('restore-database', { database: 'main' }), snapshot];
  },
  async verify(stage, [run]) {
    const restored = (await stage.database.names()).find((name) => name !== 'demo') ?? '';
    const orders = await stage.database.sql(restored, 'SELECT count(*)::int FROM orders');
    stage.tell(`${restored} has ${orders[0]} orders`);
    return [
      differs('orders in the restored database', 500, orders[0]),
      differs('whether the plan says that the table comes back', true, run?.plan?.summary.includes('orders')),
      differs('the proof of the rows', true, run?.checks.find(({ name }) => name === 'rows')?.passed),
      differs(
        'tables of the original',
        ['alembic_version', 'items'],
        await stage.database.sql(
          'demo',
          "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        ),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
