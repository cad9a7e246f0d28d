import type { Engines } from '../contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

const CALLER = { kind: 'administrator' } as const;

/**
 * Replaces `{{resolve:ssm:…}}` and `{{resolve:secretsmanager:…}}` by their values.
 *
 * @throws Error naming a kind of reference that the sandbox does not know
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export async function resolveDynamicReferences(
  value: Any,
  engines: Pick<Engines, 'readParameter' | 'readSecret'>,
): Promise<Any> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDynamicReferences(item, engines)));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(async ([key, item]) => [
      key,
      await resolveDynamicReferences(item, engines),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }
  if (typeof value !== 'string' || !value.includes('{{resolve:')) return value;
  const parts: string[] = [];
  let at = 0;
  for (const match of value.matchAll(/\{\{resolve:([\w-]+):([^}]+)\}\}/g)) {
    const [whole, service = '', reference = ''] = match;
    parts.push(value.slice(at, match.index), await read(service, reference, engines));
    at = match.index + whole.length;
  }
  return [...parts, value.slice(at)].join('');
}

function read(
  service: string,
  reference: string,
  engines: Pick<Engines, 'readParameter' | 'readSecret'>,
): Promise<string> {
  switch (service) {
    case 'ssm':
    case 'ssm-secure':
      // A version may follow the name; parameters of the sandbox are at their first.
      return engines.readParameter(reference.split(':')[0] as string, { caller: CALLER });
    case 'secretsmanager': {
      // secret-id:SecretString:json-key:version-stage:version-id, where the id may be an ARN with colons of its own.
      const [id = reference, rest = ''] = reference.split(':SecretString');
      const [, key = '', stage = '', version = ''] = rest.split(':');
      return engines.readSecret(`${id}:${key}:${stage}:${version}`, { caller: CALLER });
    }
    default:
      throw new Error(`The sandbox does not know the dynamic reference '{{resolve:${service}:…}}'.`);
  }
}
