import { AwsError } from '../../contract.ts';
import type { Secret } from './secret.ts';
import { holderOf } from './versions.ts';

/** @throws AwsError for a move that UpdateSecretVersionStage refuses */
export function checkMove(
  secret: Secret,
  input: { VersionStage: string; MoveToVersionId?: string; RemoveFromVersionId?: string },
): void {
  const { VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = input;
  const holder = holderOf(secret.versions.values(), label)?.id;
  const invalid = (message: string) => new AwsError('InvalidParameterException', message);
  if (to === undefined && from === undefined)
    throw invalid('You must specify MoveToVersionId, RemoveFromVersionId or both.');
  if (holder !== undefined && holder !== from && holder !== to)
    throw invalid(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  if (from !== undefined && from !== holder)
    throw invalid(
      `The parameter RemoveFromVersionId isn't valid. Staging label ${label} isn't currently attached to version ${from}.`,
    );
  if (to === undefined && label === 'AWSCURRENT')
    throw invalid(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  if (to !== undefined && !secret.versions.has(to))
    throw new AwsError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret version.",
    );
}
