// Rules that no transaction in a block may break: amounts, maturity, time locks (BIP 68, 112, 113), scripts.
import { missing, Rejected } from './rejected.ts';
import { ScriptError } from './script/error.ts';
import { verifyInput } from './script/verify.ts';
import { tipOf, type Coin, type State } from './state.ts';
import { NULL_TXID, outpoint, type ChainTx } from './tx.ts';

const MAX_MONEY = 21_000_000n * 100_000_000n;
const MAX_WEIGHT = 4_000_000;
const COINBASE_MATURITY = 100;
const TIME_FROM = 500_000_000;
const FINAL = 0xffff_ffff;
const SEQUENCE_DISABLE = 0x8000_0000;
const SEQUENCE_TIME = 0x0040_0000;
const SEQUENCE_VALUE = 0xffff;

/** Rules that need no chain. @throws Rejected */
export function checkShape(tx: ChainTx): void {
  if (tx.outputs.length === 0) throw new Rejected('bad-txns-vout-empty');
  if (tx.stripped.length * 4 > MAX_WEIGHT) throw new Rejected('bad-txns-oversize');
  let total = 0n;
  for (const { value } of tx.outputs) {
    if (value > MAX_MONEY) throw new Rejected('bad-txns-vout-toolarge');
    total += value;
    if (total > MAX_MONEY) throw new Rejected('bad-txns-txouttotal-toolarge');
  }
  const spends = new Set(tx.inputs.map(({ txid, vout }) => outpoint(txid, vout)));
  if (spends.size !== tx.inputs.length) throw new Rejected('bad-txns-inputs-duplicate');
  if (tx.inputs.some(({ txid }) => txid === NULL_TXID)) throw new Rejected('bad-txns-prevout-null');
}

/** Median time past of the block at `height` of the best chain, seconds. */
export function medianTime(state: State, height: number): number {
  const times = state.blocks.slice(Math.max(0, height - 10), height + 1).map(({ header }) => header.time);
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

/** nLockTime against the block after the tip. @throws Rejected */
export function checkFinal(state: State, tx: ChainTx): void {
  const limit = tx.lockTime < TIME_FROM ? state.blocks.length : tipOf(state).medianTime;
  const open = tx.lockTime === 0 || tx.lockTime < limit;
  if (!open && tx.inputs.some(({ sequence }) => sequence !== FINAL)) throw new Rejected('non-final');
}

/** BIP 68 against the block after the tip. @throws Rejected */
export function checkSequenceLocks(state: State, tx: ChainTx, coins: readonly Coin[]): void {
  if (tx.version < 2) return;
  tx.inputs.forEach(({ sequence }, i) => {
    if ((sequence & SEQUENCE_DISABLE) !== 0) return;
    const { height } = coins[i] as Coin;
    const value = sequence & SEQUENCE_VALUE;
    const held =
      (sequence & SEQUENCE_TIME) === 0
        ? height + value <= state.blocks.length
        : medianTime(state, Math.max(0, height - 1)) + value * 512 <= tipOf(state).medianTime;
    if (!held) throw new Rejected('non-BIP68-final');
  });
}

/** The coins that the inputs spend, in order. @throws Rejected when one is missing or a coinbase too young */
export function coinsOf(
  state: State,
  tx: ChainTx,
  find: (txid: string, vout: number) => Coin | undefined,
): Coin[] {
  const coins = tx.inputs.map(({ txid, vout }) => find(txid, vout));
  if (coins.some((coin) => coin === undefined)) throw missing();
  const found = coins as Coin[];
  if (found.some((coin) => coin.coinbase && state.blocks.length - coin.height < COINBASE_MATURITY))
    throw new Rejected('bad-txns-premature-spend-of-coinbase');
  return found;
}

/** What the inputs hold more than the outputs. @throws Rejected when it is less */
export function feeOf(tx: ChainTx, coins: readonly Coin[]): bigint {
  const paid = coins.reduce((sum, { value }) => sum + value, 0n);
  const made = tx.outputs.reduce((sum, { value }) => sum + value, 0n);
  if (made > paid) throw new Rejected('bad-txns-in-belowout');
  return paid - made;
}

/** Every input's script; once judged good, a transaction with the same witnesses is not judged again. @throws Rejected */
export function checkScripts(state: State, tx: ChainTx, coins: readonly Coin[]): void {
  if (state.goodScripts.has(tx.wtxid)) return;
  for (let index = 0; index < tx.inputs.length; index++) {
    try {
      verifyInput({ tx, index, spent: coins });
    } catch (e) {
      if (!(e instanceof ScriptError)) throw e;
      throw new Rejected(`mandatory-script-verify-flag-failed (${e.message}), input ${index} of ${tx.txid}`);
    }
  }
  state.goodScripts.add(tx.wtxid);
}
