// What one step of an action may answer. An action row exists exactly as long as the action is unfinished; a step reads
// the state, makes at most one exchange that changes the server's state, and returns the next state with every row
// that changes. The executor commits both in one transaction. Any step may run twice from the same state.

import type { SkiffError } from '../../errors.ts';
import type { Change } from '../changes.ts';
import type { ActionNews } from '../../store/rows.ts';
import type { Deps } from '../ports.ts';

export interface StepState {
  step: string;
}

export type Outcome<S extends StepState> =
  /** Go on at once from `state`. */
  | { then: 'next'; state: S; changes?: Change[] }
  /** Wait: until `wakeAt`, or for an event or the next start when there is none. */
  | { then: 'park'; state: S; wakeAt?: number; error?: SkiffError; changes?: Change[] }
  /** The same step again later; the pause grows with each retry in a row. */
  | { then: 'retry'; state: S; error: SkiffError; changes?: Change[] }
  /** Finished; the row goes. Everything the action held must be spent or released by `changes`. */
  | { then: 'done'; changes: Change[] }
  /** Finished without success, nothing lost; the row goes. */
  | { then: 'failed'; error: SkiffError; changes: Change[] };

export interface ActionKind<S extends StepState = StepState> {
  kind: string;
  /**
   * Runs one step. An error thrown is a retry of the same step, whatever it is: a step that gives up says so
   * by returning `failed`, and only where the server cannot hold anything of ours.
   */
  run(deps: Deps, id: string, state: S, news: ActionNews): Promise<Outcome<S>>;
}
