// Making a wallet: the one moment at which a database is bound to a seed, a network and a server.

import { toHex } from '../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import type { ArkInfo } from '../server/ark-info.ts';
import { meta, setMeta, type WalletProperties } from '../store/meta.ts';
import type { WalletPorts } from './ports.ts';

export interface CreateOptions {
  network: WalletProperties['network'];
  /** Create also when the server cannot be reached or used; it is pinned at the first good contact. */
  force?: boolean;
}

/**
 * Writes what the wallet is bound to. Needs the unlocked keys.
 * @throws SkiffError WALLET_EXISTS; what connecting throws (unless `force`); then nothing is stored
 */
export async function createWallet(
  ports: WalletPorts,
  { network, force = false }: CreateOptions,
): Promise<void> {
  await ports.locks.hold('create', async () => {
    const refuseExisting = (wallet: WalletProperties | undefined) => {
      if (wallet)
        throw new SkiffError({
          code: 'WALLET_EXISTS',
          say: 'There is a wallet here already. It was left as it is.',
        });
    };
    refuseExisting(await ports.db.read(['meta'], (tx) => meta(tx, 'wallet')));
    const info = await contact(ports, force);
    const { fingerprint } = ports.keys.unlocked();
    await ports.db.write(['meta'], async (tx) => {
      refuseExisting(await meta(tx, 'wallet'));
      await setMeta(tx, 'wallet', {
        network,
        fingerprint,
        createdAt: ports.now(),
        ...(info && { serverPubkey: toHex(info.serverPubkey), mailboxPubkey: toHex(info.mailboxPubkey) }),
      });
    });
  });
}

async function contact(ports: WalletPorts, force: boolean): Promise<ArkInfo | undefined> {
  try {
    return await (await ports.server()).info();
  } catch (error) {
    if (force && isSkiffError(error)) return undefined;
    throw error;
  }
}
