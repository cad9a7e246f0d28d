import pg from 'pg';
import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, failure, judged, notChecked, stateOf } from './check.ts';
import { selectReadOnly } from './select-read-only.ts';

/** A statement of the team's own that must be true. */
export interface Assertion {
  /** What is asserted, in words; this is all that is shown of it. */
  readonly name: string;
  /** A single SELECT of one row with one boolean. */
  readonly statement: string;
}

/** Why a statement is not taken, by the SQLSTATE that PostgreSQL refuses it with. */
const REFUSED: Readonly<Record<string, string>> = {
  '25006': 'it tries to write',
  '0A000': 'it does what a read-only query cannot, such as writing in a WITH',
  '42601': 'it is not one well-formed SELECT',
};
/** One row is wanted; a second one shows that there are more. */
const ROWS = 2;

/** Runs the team's assertion. Whether it holds is all that is said: neither statement nor values are shown. */
export function checkAssertion(session: Session, { name: asserted, statement }: Assertion): Promise<Check> {
  const name = `assertion: ${asserted}`;
  return judged(name, async () => {
    let result: pg.QueryResult;
    try {
      result = await selectReadOnly(session, statement, ROWS);
    } catch (error) {
      const refused = REFUSED[stateOf(error) ?? ''];
      if (refused === undefined) throw error;
      return check(name, false, `REFUSED: ${refused} (${failure(error)})`);
    }
    return judgeAssertion(name, result);
  });
}

/** Judges what an assertion answered: one row, one column, a boolean that is true. */
export function judgeAssertion(
  name: string,
  { fields, rows }: Pick<pg.QueryResult, 'fields' | 'rows'>,
): Check {
  const [field, ...others] = fields;
  if (field === undefined || others.length > 0 || field.dataTypeID !== pg.types.builtins.BOOL)
    return notChecked(name, 'it does not select exactly one boolean column');
  if (rows.length !== 1)
    return notChecked(name, `it selects ${rows.length === 0 ? 'no row' : 'several rows'} instead of one`);
  const value: unknown = rows[0][field.name];
  if (value === null) return check(name, false, 'does not hold: the answer is unknown (NULL)');
  return check(name, value === true, value === true ? 'holds' : 'does not hold');
}
