import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenLink, CHAIN_START, canonicalJson, hashEntry } from '../../../functions/run/audit-chain.ts';
import type { AuditEntry } from '../../../schemas/run.ts';

function chain(summaries: readonly string[]): AuditEntry[] {
  let previousHash = CHAIN_START;
  return summaries.map((summary, index) => {
    const entry = {
      sequence: index + 1,
      at: '2026-11-21T00:00:00.000Z',
      step: 'open-run',
      phase: 'open' as const,
      kind: 'observation' as const,
      summary,
      facts: { index },
      previousHash,
    };
    const hash = hashEntry(entry);
    previousHash = hash;
    return { ...entry, hash };
  });
}

describe('the audit chain', () => {
  it('is whole when nothing was touched', () => {
    fc.assert(fc.property(fc.array(fc.string()), (summaries) => brokenLink(chain(summaries)) === undefined));
  });

  it('shows any change of any entry, and where it was made', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.constantFrom('summary', 'at', 'step', 'facts', 'hash', 'previousHash'),
        (summaries, index, member) => {
          const entries = chain(summaries);
          const at = index % entries.length;
          const entry = entries[at] as AuditEntry;
          entries[at] = {
            ...entry,
            [member]: member === 'facts' ? { index: -1 } : `${entry[member as 'summary']}x`,
          };
          expect(brokenLink(entries)).toBe(at + 1);
        },
      ),
    );
  });

  it('shows an entry that was left out or moved', () => {
    const entries = chain(['a', 'b', 'c']);
    expect(brokenLink(entries.toSpliced(1, 1))).toBe(2);
    expect(brokenLink([entries[1], entries[0], entries[2]] as AuditEntry[])).toBe(1);
  });

  it('writes the same content in the same way whatever the order of its keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: undefined, c: null }] })).toBe('{"a":[{"c":null}],"b":1}');
  });
});
