// The Ark server's own bitcoin: one key, filled by the faucet whenever it runs short, that pays for rounds and offboards.
import { keyOnlyScript, signKeyOnly } from '../../src/ark/connectors.ts';
import { serializeTx, txWeight, type Tx } from '../../src/ark/tx.ts';
import { parseTxid, vtxoIdText, type OutPoint } from '../../src/ark/vtxo-id.ts';
import type { TxOut } from '../../src/ark/encode.ts';
import { sats } from '../../src/units.ts';
import type { ArkContext } from './context.ts';

const TOP_UP = 100_000_000n;
const DUST = 330n;
/** Of the witness of a key-path input, and of the two bytes that mark a transaction with witnesses. */
const WITNESS_WEIGHT = 66n;
const MARKER_WEIGHT = 2n;
const RBF = 0xffff_fffd;

/** A transaction of the server's, unsigned, and the outputs that it spends. */
export interface Draft {
  readonly tx: Tx;
  readonly spent: readonly TxOut[];
}

interface Coin {
  readonly prevout: OutPoint;
  readonly output: TxOut;
}

const scriptOf = ({ curve, purseKey }: ArkContext): Uint8Array => keyOnlyScript(curve, purseKey.public);

const freeCoins = (ctx: ArkContext): Coin[] =>
  ctx.chain
    .utxos(scriptOf(ctx))
    .map(({ txid, vout, value, script }) => ({
      prevout: { txid: parseTxid(txid), vout },
      output: { value: sats(value), script },
    }))
    .filter(({ prevout }) => !ctx.pledged.has(vtxoIdText(prevout)));

/** The coins with these outputs and the change, or undefined when they do not suffice. */
function assemble(
  ctx: ArkContext,
  coins: readonly Coin[],
  outputs: readonly TxOut[],
  satVkb: bigint,
): Tx | undefined {
  const script = scriptOf(ctx);
  const inputs = coins.map(({ prevout }) => ({ prevout, sequence: RBF }));
  const withChange = (value: bigint): Tx => ({
    version: 2,
    lockTime: 0,
    inputs,
    outputs: [...outputs, { value: sats(value), script }],
  });
  const weight = BigInt(txWeight(withChange(0n))) + MARKER_WEIGHT + WITNESS_WEIGHT * BigInt(coins.length);
  const fee = (weight * satVkb + 3999n) / 4000n;
  const sum = (all: readonly TxOut[]) => all.reduce((total, { value }) => total + value, 0n);
  const change = sum(coins.map(({ output }) => output)) - sum(outputs) - fee;
  return change >= DUST ? withChange(change) : undefined;
}

/** A transaction with `outputs` first and change last. Its inputs are pledged: no other draft takes them. */
export function draft(ctx: ArkContext, outputs: readonly TxOut[], satVkb: bigint): Draft {
  const coins: Coin[] = [];
  for (let free = freeCoins(ctx); ;) {
    const next = free.shift();
    if (next === undefined) {
      const need = outputs.reduce((total, { value }) => total + value, TOP_UP);
      ctx.chain.pay(scriptOf(ctx), need);
      free = freeCoins(ctx).slice(coins.length);
      continue;
    }
    coins.push(next);
    const tx = assemble(ctx, coins, outputs, satVkb);
    if (tx === undefined) continue;
    for (const { prevout } of coins) ctx.pledged.add(vtxoIdText(prevout));
    return { tx, spent: coins.map(({ output }) => output) };
  }
}

/** The draft came to nothing: its inputs are free again. */
export const release = (ctx: ArkContext, { tx }: Draft): void => {
  for (const { prevout } of tx.inputs) ctx.pledged.delete(vtxoIdText(prevout));
};

/** The draft with its signatures. */
export const signDraft = ({ curve, purseKey, random }: ArkContext, { tx, spent }: Draft): Tx => ({
  ...tx,
  inputs: tx.inputs.map((input, i) => ({
    ...input,
    witness: [signKeyOnly(curve, tx, i, spent, purseKey.secret, random(32))],
  })),
});

/** Sends a signed transaction into the mempool; one that is there already is fine. */
export function broadcast(ctx: ArkContext, txid: string, tx: Tx): void {
  if (ctx.chain.transaction(txid) === undefined) ctx.chain.submit(serializeTx(tx));
}
