// Pinning: the first good contact stores the server's two keys, every later contact must show the same ones. A changed
// server key means the cooperative path of all coins is gone (a unilateral exit still works); a changed mailbox key only
// breaks addresses that were given away.
import { toHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { meta, setMeta } from '../store/meta.ts';
import type { Db } from '../store/port.ts';
import type { ArkInfo } from './ark-info.ts';

export interface Pins {
  /** Compares with the stored keys, storing them when there are none. @throws SkiffError SERVER_KEY_CHANGED */
  check(info: Pick<ArkInfo, 'serverPubkey' | 'mailboxPubkey'>): Promise<void>;
}

const changed = (which: 'server' | 'mailbox', pinned: string, found: string): SkiffError =>
  new SkiffError({
    code: 'SERVER_KEY_CHANGED',
    say:
      which === 'server'
        ? 'The Ark server shows another key than before: it may be another server. Skiff does not use it. Your coins can still be taken to the chain.'
        : 'The Ark server shows another mailbox key than before. Skiff does not use it. Your coins are not at risk.',
    details: { which, pinned, found },
  });

/** Pins in the wallet's properties. While the wallet has none (it is being created) nothing is compared or stored. */
export const storedPins = (db: Db): Pins => ({
  check: async (info) => {
    const found = { serverPubkey: toHex(info.serverPubkey), mailboxPubkey: toHex(info.mailboxPubkey) };
    const compare = (wallet: { serverPubkey?: string; mailboxPubkey?: string }): boolean => {
      for (const which of ['server', 'mailbox'] as const) {
        const pinned = wallet[`${which}Pubkey`];
        if (pinned !== undefined && pinned !== found[`${which}Pubkey`])
          throw changed(which, pinned, found[`${which}Pubkey`]);
      }
      return wallet.serverPubkey !== undefined && wallet.mailboxPubkey !== undefined;
    };
    const known = await db.read(['meta'], (tx) => meta(tx, 'wallet'));
    if (!known || compare(known)) return;
    await db.write(['meta'], async (tx) => {
      const wallet = await meta(tx, 'wallet');
      if (wallet && !compare(wallet)) await setMeta(tx, 'wallet', { ...wallet, ...found });
    });
  },
});
