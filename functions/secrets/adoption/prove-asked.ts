import type { SecretTarget } from '../../../schemas/secret.ts';
import type { AdoptionFinding } from '../keeper/kind.ts';
import { consumerFindings } from './ask-consumers.ts';

/**
 * Evidence for values that consumers cannot be asked for: what is known of the value itself, and how the path answers that each consumer
 * is declared to have for it. Where none is declared, it is said that nobody was asked.
 *
 * @param own what was proved without consumers
 */
export async function proveAsked(
  secret: SecretTarget,
  own: AdoptionFinding,
  signal: AbortSignal,
): Promise<AdoptionFinding[]> {
  const { adoption, consumers } = secret;
  if (consumers.length === 0) return [own];
  if (adoption === undefined)
    return [
      {
        ...own,
        measured: `${own.measured}; ${consumers.join(', ')} run with it as far as is known: no path to ask them is declared (adoption.path)`,
      },
    ];
  const question = { name: 'answers with the new value', headers: {}, accepted: true };
  return [own, ...(await consumerFindings(secret, adoption, signal, [question]))];
}
