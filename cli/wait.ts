// Waiting for an action of the wallet to come so far that a command may end.
import { action } from '../src/store/actions.ts';
import type { ActionRow } from '../src/store/rows.ts';
import type { Session } from './session.ts';

/** The action's row once `enough` says so, or undefined when the action has ended. */
export async function actionWhen(
  { db }: Session,
  id: string,
  enough: (row: ActionRow) => boolean,
): Promise<ActionRow | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<ActionRow | undefined>();
  const look = () => {
    db.read(['actions'], (tx) => action(tx, id)).then((row) => {
      if (row === undefined || enough(row)) resolve(row);
    }, reject);
  };
  const stop = db.watch(['actions'], look);
  look();
  try {
    return await promise;
  } finally {
    stop();
  }
}

/** Step of an action's state, by its name. */
export const stepOf = (row: ActionRow): string => (row.state as { step: string }).step;
