import { expect } from 'vitest';
import type { TestSecret } from './a-secret.ts';

/** Fails when a password, however it is written, is in anything that was said. */
export async function expectNothingSaid(
  world: { everythingSaid(): Promise<string> },
  secrets: readonly TestSecret[],
): Promise<void> {
  const everything = await world.everythingSaid();
  expect(everything.length).toBeGreaterThan(0);
  for (const secret of secrets)
    for (const { text } of await secret.texts()) {
      const password = passwordIn(text);
      if (password === undefined || password.length < 8) continue;
      for (const form of [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)])
        expect(everything.includes(form), `a password of ${secret.name} was said`).toBe(false);
    }
}

function passwordIn(text: string | undefined): string | undefined {
  try {
    const { password } = JSON.parse(text ?? '') as { password?: unknown };
    return typeof password === 'string' ? password : undefined;
  } catch {
    return text;
  }
}
