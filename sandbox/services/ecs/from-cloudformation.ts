// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/** Members whose keys are data, not names. */
const MAPS = new Set(['DockerLabels', 'Options']);

/** Turns CloudFormation's member names (`ContainerPort`) into the API's (`containerPort`). */
export function fromCloudFormation(value: Any): Any {
  if (Array.isArray(value)) return value.map(fromCloudFormation);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key[0]?.toLowerCase() + key.slice(1),
      MAPS.has(key) ? item : fromCloudFormation(item),
    ]),
  );
}
