// Following the transactions of the on-chain wallet until they are too deep to be taken back. Those of ours that fell out
// of sight (evicted, or their block was taken back) are shown to the network again.

import { parseTx } from '../../ark/tx.ts';
import { vtxoIdText } from '../../ark/vtxo-id.ts';
import { isSkiffError } from '../../errors.ts';
import { inTurns } from '../in-turns.ts';
import {
  addOnchainTx,
  allOnchainTxs,
  dropOnchainTx,
  openOnchainTxs,
  placeOnchainTx,
  replaceOnchainTx,
} from '../../store/onchain-txs.ts';
import { onchainAddresses } from '../../store/onchain.ts';
import type { OnchainTxRow } from '../../store/rows.ts';
import { fromHex } from '../../crypto/bytes.ts';
import type { Deps } from '../ports.ts';
import { describeTx } from './describe.ts';
import { finalRival } from './rivals.ts';

/** Requests to the chain source at once. */
const AT_ONCE = 4;
/** A payment to us that nobody has seen for this long is not coming, in ms. */
const FORGOTTEN = 24 * 3_600_000;

/** Looks at every open transaction once. @throws SkiffError CHAIN_UNREACHABLE and the like */
export async function trackOnchain(deps: Deps): Promise<void> {
  const { ports } = deps;
  const open = await ports.db.read(['onchainTxs'], openOnchainTxs);
  if (open.length === 0) return;
  const tip = await ports.chain.tip();
  await inTurns(open, AT_ONCE, (row) => look(deps, row, tip.height));
}

async function look(deps: Deps, row: OnchainTxRow, tip: number): Promise<void> {
  const { ports } = deps;
  const status = await ports.chain.txStatus(row.txid);
  const { height, blockHash } = status ?? {};
  const at = height !== undefined && blockHash !== undefined ? { height, blockHash } : undefined;
  await ports.db.write(['onchainTxs'], (tx) => placeOnchainTx(tx, row.txid, at, tip));
  if (status) return;
  if (row.ours) return again(deps, row);
  if (ports.now() - row.seenAt > FORGOTTEN)
    await ports.db.write(['onchainTxs'], (tx) => dropOnchainTx(tx, row.txid));
}

/** Shows a transaction of ours once more, unless another took its place. */
async function again(deps: Deps, row: OnchainTxRow): Promise<void> {
  const { ports } = deps;
  if (row.replacedBy !== undefined) {
    // Whichever of the two is mined is the one that counts: the loser goes when the winner is too deep to be taken back.
    const status = await ports.chain.txStatus(row.replacedBy);
    if (status === undefined || !status.confirmed) return;
    const winner = await ports.db.read(['onchainTxs'], (tx) =>
      tx.get<OnchainTxRow>('onchainTxs', row.replacedBy!),
    );
    if (!winner?.open) await ports.db.write(['onchainTxs'], (tx) => dropOnchainTx(tx, row.txid));
    return;
  }
  try {
    await ports.chain.broadcast(row.raw);
  } catch (error) {
    if (!isSkiffError(error, 'TX_REJECTED')) throw error;
    const inputs = parseTx(row.raw).inputs.map(({ prevout }) => vtxoIdText(prevout));
    const rival = await finalRival(deps, inputs, row.txid);
    if (rival === undefined) return;
    ports.log.warn('a transaction of ours lost its inputs', { txid: row.txid, rival });
    await ports.db.write(['onchainTxs'], (tx) => replaceOnchainTx(tx, row.txid, rival));
  }
}

/** Every transaction of our addresses that the source knows is written down. @throws SkiffError CHAIN_UNREACHABLE */
export async function readHistory(deps: Deps): Promise<OnchainTxRow[]> {
  const { ports } = deps;
  const addresses = await ports.db.read(['onchain'], onchainAddresses);
  const lists = await inTurns(addresses, AT_ONCE, ({ script }) => ports.chain.history(fromHex(script)));
  const known = new Set((await ports.db.read(['onchainTxs'], allOnchainTxs)).map((row) => row.txid));
  const fresh = [...new Set(lists.flat().map(({ txid }) => txid))].filter((txid) => !known.has(txid));
  await keepTxs(deps, fresh);
  await trackOnchain(deps);
  return ports.db.read(['onchainTxs'], allOnchainTxs);
}

/** Fetches these transactions and writes down what they mean for us. */
export async function keepTxs(deps: Deps, txids: readonly string[]): Promise<void> {
  const { ports } = deps;
  const raws = await inTurns(txids, AT_ONCE, (txid) => ports.chain.tx(txid));
  await ports.db.write(['onchain', 'onchainUtxos', 'onchainTxs'], async (tx) => {
    for (const raw of raws) if (raw) await addOnchainTx(tx, await describeTx(tx, raw, ports.now()));
  });
}
