import { PreconditionFailed, Transient, VerificationFailed } from '../../errors.ts';
import { proveAsked } from '../adoption/prove-asked.ts';
import type { SecretKind } from '../keeper/kind.ts';
import { unreadable } from '../keeper/parse.ts';
import { badValue, requireStaged, type StagedValue } from '../staged-value.ts';
import { fillHeaders } from './fill-headers.ts';
import { probeValue } from './probe-value.ts';

/** Keys that somebody else issues: an operator stages the value, a request to the issuer proves it (P-43). */
export const externalKeys: SecretKind<'external-key', StagedValue> = {
  kind: 'external-key',

  /** The first value may be anything: it is replaced by one that fits. */
  parse(text, { name }) {
    if (text.trim() === '') throw unreadable(name, 'is empty');
    return { text };
  },
  format: ({ text }) => text,

  async next(current, { secret }, staged) {
    const next = requireStaged(secret.name, current, staged);
    const filled = fillHeaders(secret.rotation.probe.headers, next.text);
    if ('problem' in filled) throw badValue(secret.name, filled.problem);
    return next;
  },

  /** Its issuer has made it good. */
  async set() {},

  async test({ pending }, { secret, signal }) {
    const result = await probeValue(secret.rotation.probe, pending.text, signal);
    if (result.is === 'accepted') return;
    const what = `The pending value of ${secret.name} ${result.words}. It was not promoted, and the current value stays.`;
    if (result.is === 'unknown') throw new Transient(`${what} It is tried again.`);
    throw new VerificationFailed(
      `${what} Stage a good one with "nightshift secret stage ${secret.name}", and rotate the secret again.`,
    );
  },

  async inspect(current, { secret, signal }) {
    const { probe } = secret.rotation;
    const facts = { probe: `${probe.method} ${URL.parse(probe.url)?.host ?? 'not an address'}` };
    // Only what has no effect is asked for a plan.
    if (probe.method !== 'GET') return { facts, obstacles: [], warnings: [] };
    const { is, words } = await probeValue(probe, current.text, signal);
    return {
      facts: { ...facts, currentIs: is },
      obstacles: [],
      warnings: is === 'accepted' ? [] : [`The current value of ${secret.name} ${words}.`],
    };
  },

  async proveAdoption({ current }, _since, { secret, signal }) {
    const { is, words } = await probeValue(secret.rotation.probe, current.text, signal);
    const own = { name: 'probe of the new value', passed: is === 'accepted', measured: `the value ${words}` };
    return await proveAsked(secret, own, signal);
  },

  async putBack({ good }, { secret, signal }) {
    const { is, words } = await probeValue(secret.rotation.probe, good.text, signal);
    if (is === 'accepted') return { done: `The earlier value of ${secret.name} ${words}; it is good still.` };
    const what = `The earlier value of ${secret.name} ${words}. Nothing was put back.`;
    if (is === 'unknown') throw new Transient(`${what} It is tried again.`);
    throw new PreconditionFailed(
      `${what} Stage a good value with "nightshift secret stage ${secret.name}", and rotate the secret.`,
    );
  },

  async retire({ old }, _options, { secret }) {
    if (old === undefined) return { done: `There is no old value of ${secret.name}.` };
    return {
      done: `The old value of ${secret.name} stays good until whoever issued it revokes it: do that at ${URL.parse(secret.rotation.probe.url)?.host ?? 'its issuer'}.`,
    };
  },
};
