// Why an action ends without success, in a form that survives a restart: it goes into the state, the movement's
// metadata (`failure`) and from there to whoever waits for the outcome.

import { SkiffError, type ErrorCode } from '../../errors.ts';

export interface FailureNote {
  code: ErrorCode;
  say: string;
}

export const errorOf = (note: FailureNote): SkiffError => new SkiffError({ ...note });
