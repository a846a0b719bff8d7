// Answers from the node's indexes: outputs and history of a script, spenders, blocks.
import { scriptHash, type Known, type State } from './state.ts';
import { outpoint } from './tx.ts';
import type { BlockRecord, OutputRecord, Spender, TxRecord } from './types.ts';

const order = ({ block, seenAt }: Known): [number, number] =>
  block ? [block.height, block.position] : [Infinity, seenAt];

function newestFirst(a: Known, b: Known): number {
  const [[heightA, atA], [heightB, atB]] = [order(a), order(b)];
  return heightA === heightB ? atB - atA : heightB > heightA ? 1 : -1;
}

/** Every transaction that touches a script with this SHA-256 (hex), newest first, mempool before chain. */
export const scriptHistory = (state: State, hash: string): TxRecord[] =>
  [...(state.scripts.get(hash) ?? [])]
    .flatMap((txid) => state.records.get(txid) ?? [])
    .reverse()
    .sort(newestFirst);

/** Unspent outputs of a script, oldest first; what the mempool spends is spent. */
export function scriptOutputs(state: State, script: Uint8Array): OutputRecord[] {
  const hash = scriptHash(script);
  return scriptHistory(state, hash)
    .reverse()
    .flatMap(({ tx, block }) =>
      tx.outputs.flatMap((output, vout) => {
        const unspent = scriptHash(output.script) === hash && !state.spenders.has(outpoint(tx.txid, vout));
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
