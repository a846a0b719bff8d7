// Coins that somebody sent us. Each is proven before it is stored: its chain of signatures down to a transaction that our
// own chain source knows, our server's key, a plain policy with a key that we handed out. One bad coin does not spoil
// the others; a chain source that lags delays the package, it does not drop it. Coins, history line and checkpoint are
// one transaction, and known ids are skipped, so a message that comes twice counts once.

import { decodeVtxo, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { validateVtxo } from '../../ark/validate.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { coin, storeCoin } from '../../store/coins.ts';
import { keyByPubkey } from '../../store/keys.ts';
import { meta } from '../../store/meta.ts';
import { finishMovement, openMovement } from '../../store/movements.ts';
import type { WriteTx } from '../../store/port.ts';
import type { Destination } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';
import { coinFacts } from '../actions/cosign.ts';
import { anchorsOf } from '../coins/chain-facts.ts';
import { registerChains } from '../coins/load.ts';
import { arkAddress } from '../keys.ts';
import type { Deps } from '../ports.ts';
import { MAILBOX_TABLES } from './tables.ts';

interface Received {
  vtxo: Vtxo;
  bytes: Uint8Array;
  keyIndex: number;
}

/**
 * Proves and stores the coins of one package; `done` runs in the same transaction.
 * @throws SkiffError ANCHOR_NOT_FOUND, CHAIN_UNREACHABLE and the like: try the whole package again later
 */
export async function receiveCoins(
  deps: Deps,
  package_: readonly Uint8Array[],
  done: (tx: WriteTx) => Promise<void>,
): Promise<void> {
  const { ports } = deps;
  const proven: Received[] = [];
  for (const bytes of package_) {
    const received = await prove(deps, bytes);
    if (received) proven.push(received);
  }
  if (proven.length > 0) await registerBestEffort(deps, proven);
  const addresses = new Map<number, string>();
  for (const { keyIndex } of proven) addresses.set(keyIndex, await arkAddress(deps, keyIndex));

  const now = ports.now();
  await ports.db.write(MAILBOX_TABLES, async (tx) => {
    const fresh: Received[] = [];
    for (const received of proven) {
      const { vtxo, bytes, keyIndex } = received;
      const row = {
        ...coinFacts(vtxo, keyIndex),
        kind: 'arkoor',
        state: 'spendable',
        createdAt: now,
      } as const;
      if (await storeCoin(tx, { ...row, bytes, registered: false })) fresh.push(received);
    }
    if (fresh.length > 0) await writeMovement(tx, fresh, addresses, now);
    await done(tx);
  });
}

/** Undefined: not a coin of ours, or known already. */
async function prove(deps: Deps, bytes: Uint8Array): Promise<Received | undefined> {
  const { ports } = deps;
  const drop = (reason: string): undefined => {
    ports.log.warn('a received coin was not accepted', { reason });
    return undefined;
  };
  let vtxo: Vtxo;
  try {
    vtxo = decodeVtxo(ports.curve, bytes, 'full');
  } catch {
    return drop('undecodable');
  }
  const { policy } = vtxo;
  if (policy.type !== 'pubkey') return drop(`policy ${policy.type}`);
  const known = await ports.db.read(['coins', 'keys', 'meta'], async (tx) => ({
    coin: await coin(tx, vtxoId(vtxo)),
    key: await keyByPubkey(tx, toHex(policy.userPubkey)),
    wallet: await meta(tx, 'wallet'),
  }));
  if (known.coin) return undefined;
  if (!known.key) return drop('not a key of this wallet');
  if (!known.wallet?.serverPubkey || !equalBytes(vtxo.serverPubkey, fromHex(known.wallet.serverPubkey))) {
    return drop('another server');
  }
  const anchors = await anchorsOf(deps, [vtxo.anchor]);
  try {
    validateVtxo(ports.curve, vtxo, anchors.get(txidText(vtxo.anchor.txid))!);
  } catch (error) {
    if (isSkiffError(error, 'INVALID_VTXO')) return drop(error.details['reason'] ?? 'invalid');
    throw error;
  }
  return { vtxo, bytes, keyIndex: known.key.index };
}

/** The sender has normally done this; our own upload makes sure that we can spend. Later spends do it again. */
async function registerBestEffort(deps: Deps, coins: readonly Received[]): Promise<void> {
  try {
    await registerChains(await deps.ports.server(), coins);
  } catch (error) {
    if (!(error instanceof SkiffError) || error.code === 'FENCED') throw error;
    deps.ports.log.warn('received coins could not be registered yet', { reason: error.code });
  }
}

async function writeMovement(
  tx: WriteTx,
  coins: readonly Received[],
  addresses: ReadonlyMap<number, string>,
  now: number,
): Promise<void> {
  const byAddress = new Map<string, bigint>();
  let sum = 0n;
  for (const { vtxo, keyIndex } of coins) {
    const address = addresses.get(keyIndex) ?? '';
    byAddress.set(address, (byAddress.get(address) ?? 0n) + vtxo.amount);
    sum += vtxo.amount;
  }
  const receivedOn = [...byAddress].map(([value, amount]): Destination => ({
    type: 'ark',
    value,
    amount: sats(amount),
  }));
  const facts = { effective: sum, fee: 0n as Sats, outputs: coins.map((c) => vtxoId(c.vtxo)), receivedOn };
  const line = await openMovement(
    tx,
    { subsystem: { name: 'bark.arkoor', kind: 'receive' }, intended: sum },
    facts,
    now,
  );
  await finishMovement(tx, line.id, 'successful', facts, now);
}
