import type { ErrorName } from '../../schemas/names.ts';
import type { Parked, ParkedKind, ParkedOf } from './parked.ts';

/** What a look at a resource says about the wait for it. */
export type Verdict =
  | {
      readonly state: 'waiting';
      /** What was seen, as a part of a sentence: `RDS says that it is modifying`. */
      readonly seen: string;
    }
  | {
      readonly state: 'done';
      /** Answer of the task token. */
      readonly output: Readonly<Record<string, unknown>>;
      /** What has come, for the audit log, without a full stop. */
      readonly summary: string;
    }
  | {
      readonly state: 'failed';
      readonly error: ErrorName;
      /** For the operator: what came instead, what was changed, what to do. */
      readonly cause: string;
    };

/** Looks once at what a run waits for. */
export type Look<P extends Parked = Parked> = (parked: P) => Promise<Verdict>;
export type LookOf<Kind extends ParkedKind> = Look<ParkedOf<Kind>>;
