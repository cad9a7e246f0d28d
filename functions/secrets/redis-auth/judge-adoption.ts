import type { ClientConnection } from '../../cache/client-connections.ts';
import type { AdoptionFinding } from '../keeper/kind.ts';

/** Redis counts ages in whole seconds of its clock, so that one is up to a second too high or too low. */
const TOLERANCE_SECONDS = 1;
/** So many addresses are named. */
const MOST_NAMED = 5;

/**
 * Whether consumers have connected since the token became current. Redis does not tell which token opened a connection; one that was
 * opened before cannot have used this one, and nobody knows whether whoever has it could come back.
 *
 * @param elapsedSeconds since the token became current
 * @param consumers how many services are declared to use the secret
 */
export function judgeConnections(
  connections: readonly ClientConnection[],
  elapsedSeconds: number,
  consumers: number,
): AdoptionFinding[] {
  const old = connections.filter(({ ageSeconds }) => !(ageSeconds <= elapsedSeconds + TOLERANCE_SECONDS));
  const young = connections.length - old.length;
  const named = old
    .slice(0, MOST_NAMED)
    .map(({ address, name }) => (name ? `${name} at ${address}` : address));
  const more = old.length - named.length;
  return [
    {
      name: 'connections since the new token',
      passed: consumers === 0 || young > 0,
      measured: `${young}, ${consumers === 0 ? 'the secret has no consumers' : 'at least one expected'}`,
    },
    {
      name: 'no connection from before the new token',
      passed: old.length === 0,
      measured:
        old.length === 0
          ? 'none'
          : `${old.length}, none expected: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    },
  ];
}
