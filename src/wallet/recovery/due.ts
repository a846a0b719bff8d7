// A restored wallet owes itself a recovery: noted when it is bound, carried out with the first sync that reaches the
// server, repeated while something is missing.

import { meta, setMeta } from '../../store/meta.ts';
import type { WriteTx } from '../../store/port.ts';
import type { Deps } from '../ports.ts';
import { recover } from './recover.ts';

const PAUSE = 10 * 60_000;
/** What is still missing after a day is given up; a person can ask for another run. */
const PATIENCE = 24 * 60 * 60_000;

/** Notes that the seed had a life before this database. */
export const noteRestored = (tx: WriteTx, now: number): Promise<void> =>
  setMeta(tx, 'recovery', { state: 'due', since: now, nextAt: now });

/** Recovers if that is due. @throws SkiffError LOCKED, SERVER_UNREACHABLE; then it stays due */
export async function recoverIfDue(deps: Deps): Promise<void> {
  const { ports } = deps;
  const note = await ports.db.read(['meta'], (tx) => meta(tx, 'recovery'));
  const now = ports.now();
  if (note?.state !== 'due' || note.nextAt > now) return;
  const { recovered, skipped, failed, foreign, exited, notFound, complete } = await recover(deps);
  const over = complete || now - note.since > PATIENCE;
  await ports.db.write(['meta'], (tx) =>
    setMeta(tx, 'recovery', {
      state: over ? 'done' : 'due',
      since: note.since,
      nextAt: now + PAUSE,
      found: recovered.length + exited.length,
      missing: failed.length + foreign.length,
    }),
  );
  ports.log.info('recovery', {
    recovered: recovered.length,
    exited: exited.length,
    skipped: skipped.length,
    failed: failed.length,
    foreign: foreign.length,
    notFound: notFound.length,
  });
}
