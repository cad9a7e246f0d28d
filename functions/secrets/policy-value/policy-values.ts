import { VerificationFailed } from '../../errors.ts';
import { proveAsked } from '../adoption/prove-asked.ts';
import type { SecretKind } from '../keeper/kind.ts';
import { unreadable } from '../keeper/parse.ts';
import { badValue, requireStaged, type StagedValue } from '../staged-value.ts';
import { schemaProblems } from './check-schema.ts';
import { whyNotPolicy } from './judge-policy.ts';

/** Values that the team decides on, such as an admin allow list: an operator stages one, its JSON Schema judges it (P-44). */
export const policyValues: SecretKind<'policy-value', StagedValue> = {
  kind: 'policy-value',

  /** What is current may be older than its schema: it is replaced by one that is not. */
  parse(text, { name }) {
    if (text.trim() === '') throw unreadable(name, 'is empty');
    return { text };
  },
  format: ({ text }) => text,

  async next(current, { secret }, staged) {
    const next = requireStaged(secret.name, current, staged);
    const why = whyNotPolicy(secret.rotation.schema, next.text);
    if (why !== undefined) throw badValue(secret.name, why);
    return next;
  },

  /** Nobody else knows of it. */
  async set() {},

  async test({ pending }, { secret }) {
    const why = whyNotPolicy(secret.rotation.schema, pending.text);
    if (why === undefined) return;
    throw new VerificationFailed(
      `The pending value of ${secret.name} ${why}. It was not promoted, and the current value stays. Stage a good one with "nightshift secret stage ${secret.name}", and rotate the secret again.`,
    );
  },

  async inspect(current, { secret }) {
    const { schema } = secret.rotation;
    const why = whyNotPolicy(schema, current.text);
    return {
      facts: { currentSatisfiesSchema: why === undefined },
      obstacles: schemaProblems(schema).map(
        (problem) => `The declared schema of ${secret.name} is wrong: ${problem}.`,
      ),
      warnings: why === undefined ? [] : [`The current value of ${secret.name} ${why}.`],
    };
  },

  async proveAdoption({ current }, _since, { secret, signal }) {
    const why = whyNotPolicy(secret.rotation.schema, current.text);
    const own = {
      name: 'schema of the new value',
      passed: why === undefined,
      measured: why === undefined ? 'the value satisfies its schema' : `the value ${why}`,
    };
    return await proveAsked(secret, own, signal);
  },

  async putBack({ good }, { secret }) {
    const why = whyNotPolicy(secret.rotation.schema, good.text);
    // Consumers ran with it until a moment ago: it is no worse than it was.
    return {
      done:
        why === undefined
          ? `The earlier value of ${secret.name} satisfies its schema.`
          : `The earlier value of ${secret.name} ${why}; consumers ran with it before.`,
    };
  },

  async retire({ old }, _options, { secret }) {
    return {
      done:
        old === undefined
          ? `There is no old value of ${secret.name}.`
          : `The old value of ${secret.name} opens nothing; it is kept as the previous version.`,
    };
  },
};
