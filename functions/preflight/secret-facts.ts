import type { Fact } from '../../schemas/parity.ts';
import { truthOf } from '../../schemas/preflight/truth.ts';
import { isUrl } from '../../schemas/preflight/url.ts';
import { injectedValue, jsonObject } from './injected-value.ts';
import type { Sources } from './read-sources.ts';
import { parseReference, type SecretReference, sourceOf } from './secret-reference.ts';

const shown = (value: string): Fact => ({ kind: 'shown', value });

/** Where it comes from, and what it is like. Nothing of its value. */
export function secretFacts(name: string, valueFrom: string, sources: Sources): Record<string, Fact> {
  const reference = parseReference(valueFrom);
  if (reference === undefined) return { [name]: shown('a reference that ECS does not take') };
  return { [name]: shown(kindOf(reference)), [`${name}.shape`]: shapeOf(reference, sources) };
}

function kindOf(reference: SecretReference): string {
  if (reference.kind === 'parameter') return 'a parameter';
  const { field, stage, versionId } = reference;
  const pinned = stage === undefined && versionId === undefined ? '' : ', of a version of its own';
  return `${field === undefined ? 'a whole secret' : `the field ${field} of a secret`}${pinned}`;
}

function shapeOf(reference: SecretReference, sources: Sources): Fact {
  const source = sources.get(sourceOf(reference));
  if (source === undefined) return { kind: 'unknown', why: 'it was not read' };
  if ('failed' in source)
    return source.failed.verdict === 'fail'
      ? shown(`nothing: it ${source.failed.observed}`)
      : { kind: 'unknown', why: source.failed.observed };
  const injected = injectedValue(source.text, reference.kind === 'secret' ? reference.field : undefined);
  return 'problem' in injected
    ? shown(`nothing: it ${injected.problem}`)
    : shown(shapeOfValue(injected.value));
}

/** Coarser than what a person is told of a variable: its length would be something of its value. */
function shapeOfValue(value: string): string {
  if (value.trim() === '') return 'empty';
  if ('object' in jsonObject(value)) return 'JSON';
  if (truthOf(value) !== undefined || Number.isFinite(Number(value)))
    return 'a number or a word for true or false';
  if (isUrl(value)) return 'a URL';
  return value.trim().includes('\n') ? 'a text of several lines' : 'a text';
}
