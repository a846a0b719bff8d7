// Catching up with the server and the recovery mailbox: every live coin's chain is uploaded and its id posted to the
// second mailbox, from which a restore from the seed finds it. Best effort: a coin that is refused does not hold up the
// others, and everything missing is tried again with the next sync.

import { mailboxAuthorization } from '../../ark/mailbox.ts';
import { parseVtxoId, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { isSkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import { coinTables, markRegistered, unregisteredCoins } from '../../store/coins.ts';
import { loadCoins, registerChains, type LoadedCoin } from '../coins/load.ts';
import { aheadOf } from '../mailbox/clock.ts';
import type { Deps } from '../ports.ts';

/** Ids in one post to the recovery mailbox, and chains in one upload. */
const BATCH = 20;

/** @throws SkiffError only when server, keys or store are out of reach */
export async function catchUpRegistration(deps: Deps): Promise<void> {
  const { ports } = deps;
  const missing = (await ports.db.read(coinTables, unregisteredCoins)).filter(
    // The server knows a board only once it is registered as one.
    (row) => !row.holder?.startsWith('board.'),
  );
  if (missing.length === 0) return;
  const server = await ports.server();
  for (let i = 0; i < missing.length; i += BATCH) {
    const coins = await loadCoins(
      deps,
      missing.slice(i, i + BATCH).map((row) => row.id),
    );
    await postBatch(deps, server, coins);
  }
}

async function postBatch(deps: Deps, server: ArkServer, coins: readonly LoadedCoin[]): Promise<void> {
  try {
    await registerChains(server, coins);
    await postRecoveryIds(deps, server, coins);
    await deps.ports.db.write(coinTables, (tx) =>
      markRegistered(
        tx,
        coins.map((c) => c.row.id),
      ),
    );
  } catch (error) {
    if (!isSkiffError(error) || error.code === 'FENCED') throw error;
    // One bad coin refuses the whole batch: find it by going one by one.
    if (coins.length > 1) for (const coin of coins) await postBatch(deps, server, [coin]);
    else
      deps.ports.log.warn('a coin could not be registered yet', {
        id: coins[0]?.row.id,
        reason: error.message,
      });
  }
}

async function postRecoveryIds(deps: Deps, server: ArkServer, coins: readonly LoadedCoin[]): Promise<void> {
  const { ports } = deps;
  const { publicKey, secret } = ports.keys.unlocked().recoveryMailbox();
  const expiry = BigInt(Math.floor((ports.now() + aheadOf(server)) / 1000) + 60);
  const authorization = mailboxAuthorization(ports.curve, secret, expiry, ports.random(32));
  await server.postRecoveryVtxoIds({
    mailboxId: publicKey,
    vtxoIds: coins.map((c) => vtxoIdBytes(parseVtxoId(c.row.id))),
    authorization,
  });
}
