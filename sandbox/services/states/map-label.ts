import { createHash } from 'node:crypto';

/**
 * The label of a distributed Map state, which is part of the ARNs of its Map Runs.
 *
 * @param labels of the other Map states of the state machine; takes this one
 * @throws Error where it is not valid, or taken
 */
export function takeLabel(name: string, given: string | undefined, labels: Set<string>): string {
  // Without one, Step Functions makes one up.
  const label = given ?? createHash('sha256').update(name).digest('hex').slice(0, 32);
  if (!/^[^\s?*<>{}[\]:;,\\|^~$#%&`"\p{Cc}]{1,40}$/u.test(label))
    throw new Error(`the label '${label}' of the Map state '${name}' is not valid`);
  if (labels.has(label)) throw new Error(`the label '${label}' is that of two Map states`);
  labels.add(label);
  return label;
}
