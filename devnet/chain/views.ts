// Answers from the node's indexes: outputs and history of a script, spenders, blocks.
import { equalBytes } from '../../src/crypto/bytes.ts';
import { scriptHash, type Known, type State } from './state.ts';
import { outpoint } from './tx.ts';
import type { BlockRecord, OutputRecord, Spender, TxRecord } from './types.ts';

/** Sorting keys: the height (mempool last), then the place within. */
const place = ({ block, seenAt }: Known) => ({
  height: block?.height ?? Infinity,
  at: block?.position ?? seenAt,
});

/** Transactions that touch a script with this SHA-256 (hex), oldest first, the mempool's last. */
function touching(state: State, hash: string): Known[] {
  return [...(state.scripts.get(hash) ?? [])]
    .flatMap((txid) => state.records.get(txid) ?? [])
    .map((known) => ({ known, ...place(known) }))
    .sort((a, b) => (a.height === b.height ? a.at - b.at : a.height < b.height ? -1 : 1))
    .map(({ known }) => known);
}

/** The same, newest first, mempool before chain. */
export const scriptHistory = (state: State, hash: string): TxRecord[] => touching(state, hash).reverse();

/** Unspent outputs of a script, oldest first; what the mempool spends is spent. */
export function scriptOutputs(state: State, script: Uint8Array): OutputRecord[] {
  return touching(state, scriptHash(script)).flatMap(({ tx, block }) =>
    tx.outputs.flatMap((output, vout) => {
      const unspent = equalBytes(output.script, script) && !state.spenders.has(outpoint(tx.txid, vout));
      return unspent ? [{ ...output, txid: tx.txid, vout, block }] : [];
    }),
  );
}

/** Who spends this output, on the chain or in the mempool. */
export function spenderOf(state: State, txid: string, vout: number): Spender | undefined {
  const spender = state.spenders.get(outpoint(txid, vout));
  return spender && { ...spender, block: state.records.get(spender.txid)?.block };
}

/** A block by its hash, also one that is no longer on the best chain. */
export function blockRecord(state: State, hash: string): BlockRecord | undefined {
  const block = state.everyBlock.get(hash);
  return block && { ...block, best: state.blocks[block.height] === block };
}
