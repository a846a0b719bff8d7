// The one executor of actions. Invariant: whatever a step did is committed together with the action's new state in one
// transaction, guarded by the row's version number, so that two drivers can never both advance an action and a crash
// loses at most the answer of an exchange that the step knows how to repeat.

import { isSkiffError } from '../../errors.ts';
import { action, actions, dueActions, endAction, nextWake, saveAction } from '../../store/actions.ts';
import { concludePayments } from '../../store/bolt12-payments.ts';
import type { ActionRow } from '../../store/rows.ts';
import { applyChanges, assertHoldsNothing, CHANGE_TABLES } from '../changes.ts';
import type { Deps } from '../ports.ts';
import { retryDelay } from './backoff.ts';
import { asSkiffError } from './failure.ts';
import { assertSameOutcome } from './double-drive.ts';
import type { ActionKind, Outcome, StepState } from './outcome.ts';

export interface Executor {
  /** Drives one action until it parks or ends. Joins a drive under way and makes it look once more. */
  drive(id: string): Promise<void>;
  /** Drives every unfinished action (at start and on sync) or only those whose time has come. */
  driveAll(which: 'all' | 'due'): Promise<void>;
  /** No step starts any more; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

interface Drive {
  promise: Promise<void>;
  again: boolean;
}

// Kinds are stored side by side, each with its own state type; the row's `kind` says which one it is.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyKind = ActionKind<any>;

export function createExecutor(deps: Deps, kinds: readonly AnyKind[]): Executor {
  const { ports, config } = deps;
  const byName = new Map(kinds.map((k) => [k.kind, k]));
  const running = new Map<string, Drive>();
  let stopped = false;

  const load = (id: string) => ports.db.read(['actions'], (tx) => action(tx, id));

  /** One step and its commit. Resolves with the row as committed when the action wants to go on at once. */
  async function advance(row: ActionRow): Promise<ActionRow | undefined> {
    const kind = byName.get(row.kind);
    if (!kind) {
      ports.log.warn('an action of a kind this version does not know stays as it is', {
        id: row.id,
        kind: row.kind,
      });
      return undefined;
    }
    const state = row.state as StepState;
    const step = () => runStep(deps, kind, row);
    let outcome = await step();
    if (config.doubleDrive) {
      const first = outcome;
      outcome = await step();
      assertSameOutcome(row.id, first, outcome);
    }
    const committed = await commit(deps, row, outcome);
    ports.log.info('step', { id: row.id, from: state.step, then: outcome.then });
    return outcome.then === 'next' ? committed : undefined;
  }

  async function loop(id: string, drive: Drive): Promise<void> {
    do {
      drive.again = false;
      // Each commit is guarded by the version of the row before it, so the row just written need not be read again.
      let row = await load(id);
      if (!row) return;
      while (row && !stopped) row = await advance(row);
    } while (drive.again && !stopped);
  }

  function drive(id: string): Promise<void> {
    if (stopped) return Promise.resolve();
    const present = running.get(id);
    if (present) {
      present.again = true;
      return present.promise;
    }
    const mine: Drive = { promise: Promise.resolve(), again: false };
    const ran = ports.locks
      .tryHold(id, () => loop(id, mine))
      .then(() => undefined)
      .catch((error: unknown) => {
        // Someone else advanced the action: theirs is the truth.
        if (isSkiffError(error, 'STORE_CONFLICT')) return;
        // The store failed us: the row is as it was, and due.
        if (!isSkiffError(error, 'FENCED')) ports.schedule(ports.now() + retryDelay(1));
        throw error;
      })
      .finally(() => running.delete(id));
    // Asked for once more just when it was ending.
    mine.promise = ran.then(() => (mine.again ? drive(id) : undefined));
    running.set(id, mine);
    return mine.promise;
  }

  async function driveAll(which: 'all' | 'due'): Promise<void> {
    const rows = await ports.db.read(['actions'], (tx) =>
      which === 'all' ? actions(tx) : dueActions(tx, ports.now()),
    );
    const results = await Promise.allSettled(rows.map((row) => drive(row.id)));
    for (const r of results) {
      if (r.status === 'rejected')
        ports.log.warn('an action could not be driven', { reason: String(r.reason) });
    }
    const next = await ports.db.read(['actions'], nextWake);
    if (next !== undefined) ports.schedule(next);
  }

  async function stop(): Promise<void> {
    stopped = true;
    await Promise.allSettled([...running.values()].map((d) => d.promise));
  }

  return { drive, driveAll, stop };
}

async function runStep(deps: Deps, kind: AnyKind, row: ActionRow): Promise<Outcome<StepState>> {
  const state = row.state as StepState;
  try {
    return (await kind.run(deps, row.id, structuredClone(state), row.news ?? {})) as Outcome<StepState>;
  } catch (cause) {
    if (isSkiffError(cause, 'FENCED')) throw cause;
    // Without keys there is nothing to do until the vault is opened, which drives every action again.
    if (isSkiffError(cause, 'LOCKED')) return { then: 'park', state, error: cause };
    return { then: 'retry', state, error: asSkiffError(cause) };
  }
}

/** The row as it is now; undefined when the action has ended. */
async function commit(
  deps: Deps,
  row: ActionRow,
  outcome: Outcome<StepState>,
): Promise<ActionRow | undefined> {
  const { ports } = deps;
  const now = ports.now();
  const ended = outcome.then === 'done' || outcome.then === 'failed';
  const retries = outcome.then === 'retry' ? row.retries + 1 : 0;
  const wakeAt =
    outcome.then === 'retry' ? now + retryDelay(retries) : outcome.then === 'park' ? outcome.wakeAt : now;
  const error = 'error' in outcome ? outcome.error : undefined;
  const committed = await ports.db.write(CHANGE_TABLES, async (tx) => {
    if ('changes' in outcome && outcome.changes) await applyChanges(tx, row.id, outcome.changes, now);
    if (ended) {
      await assertHoldsNothing(tx, row.id);
      await endAction(tx, row);
      await concludePayments(tx, now);
      return undefined;
    }
    const lastError = error && { code: error.code, say: error.say };
    return saveAction(tx, row, { state: outcome.state, wakeAt, retries, lastError }, now);
  });
  if (!ended && outcome.then !== 'next' && wakeAt !== undefined) ports.schedule(wakeAt);
  // An action that this one left behind is due now.
  if ('changes' in outcome && outcome.changes?.some((c) => c.do === 'start-exit')) ports.schedule(now);
  return committed;
}
