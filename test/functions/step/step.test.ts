import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { NeedsHuman, Refused, Transient } from '../../../functions/errors.ts';
import { mapError } from '../../../functions/step/map-error.ts';
import { redact } from '../../../functions/step/redact.ts';
import { step } from '../../../functions/step.ts';

const context = (milliseconds = 20_000) =>
  ({ awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => milliseconds }) as never;
const make = (run: (input: { n: number }) => Promise<{ n: number }>) =>
  step({
    name: 'probe-health',
    phase: 'verify',
    input: z.object({ n: z.number() }),
    output: z.object({ n: z.number() }),
    run,
  });

describe('step', () => {
  it('gives a checked input to the step and a checked output back', async () => {
    expect(await make(async ({ n }) => ({ n: n + 1 }))({ n: 1 }, context())).toEqual({ n: 2 });
  });

  it('refuses an input that is not as it should be, before anything runs', async () => {
    await expect(
      make(async () => Promise.reject(new Error('ran')))({ n: 'x' }, context()),
    ).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringContaining('n:') });
  });

  it('calls an output that is not as it should be its own fault', async () => {
    await expect(make(async () => ({ n: 'x' as never }))({ n: 1 }, context())).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringContaining('The output of probe-health'),
    });
  });

  it('keeps its own errors and their names', async () => {
    await expect(
      make(async () => Promise.reject(new Refused('no')))({ n: 1 }, context()),
    ).rejects.toMatchObject({ name: 'Refused', message: 'no' });
  });

  it('ends itself before Lambda would, and says so', async () => {
    await expect(make(() => new Promise(() => {}))({ n: 1 }, context(1200))).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('did not finish in time'),
    });
  });

  it('lets no secret into an error', async () => {
    await expect(
      make(async () => Promise.reject(new Error('connect postgres://app:hunter2@db/x failed')))(
        { n: 1 },
        context(),
      ),
    ).rejects.toMatchObject({ message: 'connect postgres://app:***@db/x failed' });
  });
});

describe('mapError', () => {
  it.each([
    [{ name: 'ThrottlingException' }, Transient],
    [{ name: 'ServerException', $metadata: { httpStatusCode: 500 } }, Transient],
    [{ name: 'Error', code: 'ECONNRESET' }, Transient],
    [{ name: 'Whatever', $metadata: { httpStatusCode: 503 } }, Transient],
    [{ name: 'AccessDeniedException' }, NeedsHuman],
  ])('%j', (members, kind) => {
    expect(mapError(Object.assign(new Error('x'), members), 'open-run')).toBeInstanceOf(kind);
  });

  it('keeps the name of an error it does not know', () => {
    expect(
      mapError(Object.assign(new Error('x'), { name: 'ClusterNotFoundException' }), 'open-run').name,
    ).toBe('ClusterNotFoundException');
  });
});

describe('redact', () => {
  it.each([
    ['password=abc123 next', 'password=*** next'],
    ['{"secret":"abc"}', '{"secret":"***"}'],
    ['key AKIAIOSFODNN7EXAMPLE', 'key ***'],
    ['nothing to hide', 'nothing to hide'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
