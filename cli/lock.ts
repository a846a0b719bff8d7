// One process at a time on a datadir: an exclusive transaction on a small SQLite file, held for the life of the
// process. The operating system lets go of it when the process ends, however it ends.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SkiffError } from '../src/errors.ts';

export const LOCK_FILE = 'skiff.lock';

/** Takes the lock; the returned function releases it. @throws SkiffError STORE_BUSY when another process holds it. */
export function lockDatadir(datadir: string): () => void {
  const sql = new DatabaseSync(join(datadir, LOCK_FILE), { timeout: 0 });
  try {
    sql.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    sql.close();
    throw new SkiffError({
      code: 'STORE_BUSY',
      say: `Another process is using the wallet in ${datadir}. Wait for it to end.`,
      retry: 'later',
      cause,
    });
  }
  return () => {
    if (sql.isOpen) sql.close();
  };
}
