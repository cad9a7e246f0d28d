import type { Sandbox } from '../../sandbox/contract.ts';

/** The password that the demonstration's stack made for its database's user. */
export async function demoPassword({ machine }: Sandbox): Promise<string> {
  const { database } = JSON.parse(
    await machine.engines.readParameter('/nightshift/nightshift/targets/service/api', {
      caller: { kind: 'administrator' },
    }),
  ) as { database: { secretArn: string } };
  return machine.engines.readSecret(`${database.secretArn}:password::`, {
    caller: { kind: 'administrator' },
  });
}
