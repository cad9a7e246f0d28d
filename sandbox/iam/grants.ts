import type { Permission } from '../contract.ts';
import { matchesWildcard } from '../wildcard.ts';
import { matchesArn } from './match-arn.ts';
import { asList, type PolicyDocument, type Statement } from './policy-document.ts';

/** What an allow statement grants, piece by piece: `ecs:UpdateService on arn:…`. */
export function grantsOf(documents: readonly PolicyDocument[]): string[] {
  return documents
    .flatMap((document) => asList(document.Statement))
    .filter((statement) => statement.Effect === 'Allow')
    .flatMap((statement) => pieces(statement).map(describe));
}

/** Which pieces of the statements that allowed a permission it needed. */
export function grantsNeeded(allowedBy: readonly Statement[], permission: Permission): string[] {
  return allowedBy
    .flatMap(pieces)
    .filter(
      ({ action, resource, except }) =>
        except ||
        (matchesWildcard(action, permission.action, { ignoreCase: true }) &&
          matchesArn(resource, permission.resource)),
    )
    .map(describe);
}

interface Piece {
  readonly action: string;
  readonly resource: string;
  /** Stated by what it is not (`NotAction`, `NotResource`), so that it can only be taken as a whole. */
  readonly except: boolean;
}

function pieces(statement: Statement): Piece[] {
  const except = statement.NotAction !== undefined || statement.NotResource !== undefined;
  const actions = statement.NotAction
    ? [`all but ${asList(statement.NotAction).join(', ')}`]
    : asList(statement.Action);
  const resources = statement.NotResource
    ? [`all but ${asList(statement.NotResource).join(', ')}`]
    : asList(statement.Resource ?? '*');
  return actions.flatMap((action) => resources.map((resource) => ({ action, resource, except })));
}

const describe = ({ action, resource }: Piece) => `${action} on ${resource}`;
