// The devnet's chain as the Ark server sees it.
import type { DevChain } from '../chain/types.ts';
import type { ChainView } from './context.ts';

export const chainView = (chain: DevChain): ChainView => ({
  height: () => chain.height(),
  transaction(txid) {
    const record = chain.tx(txid);
    if (record === undefined) return undefined;
    const confirmations = record.block === undefined ? 0 : chain.height() - record.block.height + 1;
    return { bytes: record.tx.raw, confirmations };
  },
  isSpent: (txid, vout) => chain.outspend(txid, vout) !== undefined,
  utxos: (script) => chain.utxos(script),
  pay: (script, sats) => void chain.pay(script, sats),
  submit: (raw) => void chain.submit(raw),
  submitPackage: (raws) => {
    const { message } = chain.submitPackage(raws);
    if (message !== 'success') throw new Error(message);
  },
  confirm: () => void chain.mine(1),
});
