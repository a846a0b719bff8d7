// A restored wallet owes itself a recovery: noted when it is bound, carried out with the first sync that reaches the
// server, repeated while something is missing.

import { meta, setMeta } from '../../store/meta.ts';
import type { WriteTx } from '../../store/port.ts';
import type { Deps } from '../ports.ts';
import { recover } from './recover.ts';
import { tallied, type RecoveryReport } from './report.ts';

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
  if (note?.state === 'due' && note.nextAt <= ports.now()) await recoverAndNote(deps);
}

/** Recovers and writes the report down. @throws SkiffError LOCKED, SERVER_UNREACHABLE; then nothing is noted */
export async function recoverAndNote(deps: Deps): Promise<RecoveryReport> {
  const { ports } = deps;
  const report = await recover(deps);
  const now = ports.now();
  await ports.db.write(['meta'], async (tx) => {
    const since = (await meta(tx, 'recovery'))?.since ?? now;
    await setMeta(tx, 'recovery', {
      state: report.complete || now - since > PATIENCE ? 'done' : 'due',
      since,
      nextAt: now + PAUSE,
      at: now,
      ...tallied(report),
    });
  });
  const { recovered, exited, skipped, failed, foreign, notFound } = report;
  ports.log.info('recovery', {
    recovered: recovered.length,
    exited: exited.length,
    skipped: skipped.length,
    failed: failed.length,
    foreign: foreign.length,
    notFound: notFound.length,
  });
  return report;
}

/** The person has read the report. */
export async function recoverySeen(tx: WriteTx): Promise<void> {
  const note = await meta(tx, 'recovery');
  if (note?.report) await setMeta(tx, 'recovery', { ...note, seen: true });
}
