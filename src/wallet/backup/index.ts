// The encrypted backup of what the twelve words cannot restore: history, receipts, invoices, swaps, sites, settings.

import { toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import { nextKeyIndex, takeKey } from '../../store/keys.ts';
import { meta } from '../../store/meta.ts';
import type { ExportFile } from '../movements/export.ts';
import type { Deps } from '../ports.ts';
import { fromText, toText } from './codec.ts';
import { MOST_KEYS, readContents } from './contents.ts';
import { damagedBackup, openBackup, sealBackup, type Head } from './file.ts';
import { gather, merge, MERGE_TABLES, type Taken } from './merge.ts';

export type { Taken } from './merge.ts';

export interface Backup {
  /** The file. @throws SkiffError LOCKED, NO_WALLET */
  exportBackup(): Promise<ExportFile>;
  /**
   * Takes a file of this very seed in, as one transaction. Resolves with what was added.
   * @throws SkiffError BACKUP_DAMAGED, BACKUP_FOREIGN, BACKUP_TOO_NEW, LOCKED; then nothing changed
   */
  importBackup(text: string): Promise<Taken>;
}

/** @param woken actions may have begun */
export function createBackup(deps: Deps, woken: () => void): Backup {
  const { ports } = deps;

  async function mine(): Promise<Pick<Head, 'network' | 'wallet'>> {
    const wallet = await ports.db.read(['meta'], (tx) => meta(tx, 'wallet'));
    if (!wallet) throw new SkiffError({ code: 'NO_WALLET', say: 'There is no wallet here yet.' });
    return { network: wallet.network, wallet: wallet.fingerprint };
  }

  return {
    async exportBackup() {
      const key = ports.keys.unlocked().backupKey();
      const made = new Date(ports.now()).toISOString();
      const contents = await ports.db.read([...MERGE_TABLES, 'keys'], gather);
      const text = await sealBackup(toText(contents), { ...(await mine()), made }, key, ports.random(12));
      key.fill(0);
      return { name: `skiff-backup-${made.slice(0, 10)}.json`, type: 'application/json', text };
    },

    async importBackup(text) {
      const keys = ports.keys.unlocked();
      const key = keys.backupKey();
      const { text: inside } = await openBackup(text, key, await mine()).finally(() => key.fill(0));
      const contents = readContents(parsed(inside));
      if ('bad' in contents) throw damagedBackup(contents.bad);
      const now = ports.now();
      const next = await ports.db.read(['keys'], nextKeyIndex);
      if (contents.nextKey > next + MOST_KEYS) throw damagedBackup('nextKey');
      // Derived before the transaction, which may not wait; then they are remembered.
      for (let i = next; i < contents.nextKey; i++) keys.vtxoPublicKey(i);
      const taken = await ports.db.write([...MERGE_TABLES, 'keys'], async (tx) => {
        for (let i = await nextKeyIndex(tx); i < contents.nextKey; i++)
          await takeKey(tx, (index) => toHex(keys.vtxoPublicKey(index)), 'backup', now);
        return merge(tx, contents, now);
      });
      woken();
      return taken;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return fromText(text);
  } catch {
    throw damagedBackup('contents');
  }
}
