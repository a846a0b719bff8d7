// The chain port (src/chain/source.ts) straight onto the devnet's chain, without HTTP: for what lives in the devnet's own
// process. What goes over HTTP is tested with the Esplora client.
import { SkiffError } from '../../src/errors.ts';
import { headerBytes } from './block.ts';
import { Rejected } from './rejected.ts';
import { scriptHash } from './state.ts';
import { internalHash } from './tx.ts';
import type { DevChain, BlockRef } from './types.ts';
import { merkleBranch } from '../../src/bitcoin/merkle.ts';
import { parseTx, txid as txidOf } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import type { ChainSource, TxStatus } from '../../src/chain/source.ts';

const status = (block: BlockRef | undefined): TxStatus =>
  block ? { confirmed: true, height: block.height, blockHash: block.hash } : { confirmed: false };

/** As the client tells it. */
function taken<T>(send: () => T): T {
  try {
    return send();
  } catch (e) {
    if (!(e instanceof Rejected)) throw e;
    const details = { reason: e.message };
    throw new SkiffError({ code: 'TX_REJECTED', say: 'The Bitcoin network did not take it.', details });
  }
}

export const devChainSource = (chain: DevChain): ChainSource => ({
  tip: async () => chain.tip(),
  blockHash: async (height) => chain.blockHash(height) ?? '',
  header: async (hash) => {
    const block = chain.block(hash);
    if (!block) throw new Error(`no block ${hash}`);
    return headerBytes(block.header);
  },
  merkleProof: async (txid) => {
    const at = chain.tx(txid)?.block;
    const leaves = chain.block(at?.hash ?? '')?.txs.map((tx) => internalHash(tx.txid));
    return (
      at && leaves && { height: at.height, position: at.position, branch: merkleBranch(leaves, at.position) }
    );
  },
  tx: async (txid) => chain.tx(txid)?.tx.raw,
  txStatus: async (txid) => {
    const record = chain.tx(txid);
    return record && status(record.block);
  },
  outspend: async (txid, vout) => {
    const spender = chain.outspend(txid, vout);
    return spender ? { spent: true, txid: spender.txid, status: status(spender.block) } : { spent: false };
  },
  utxos: async (script) =>
    chain.utxos(script).map(({ txid, vout, value, block }) => ({ txid, vout, value, status: status(block) })),
  history: async (script) =>
    chain.history(scriptHash(script)).map(({ tx, block }) => ({ txid: tx.txid, status: status(block) })),
  used: async (script) => chain.utxos(script).length > 0,
  feeRates: async () => ({ fast: 2, regular: 1, slow: 1 }),
  broadcast: async (raw) => {
    // As the client does: what the network knows already is fine.
    const id = txidText(txidOf(parseTx(raw)));
    return chain.tx(id) ? id : taken(() => chain.submit(raw));
  },
  broadcastPackage: async (raws) => void taken(() => chain.submitPackage(raws)),
});
