// OP_CHECKLOCKTIMEVERIFY (BIP 65) and OP_CHECKSEQUENCEVERIFY (BIP 112) against the spending transaction.
import { ScriptError } from './error.ts';
import type { Spend } from './sighash.ts';

const TIME_FROM = 500_000_000n;
const FINAL = 0xffff_ffff;
const DISABLE = 1n << 31n;
const TIME_TYPE = 1n << 22n;
const VALUE = 0xffffn;

/** @throws ScriptError unless the transaction's locktime is of the same kind and late enough */
export function checkLockTime({ tx, index }: Spend, wanted: bigint): void {
  if (wanted < 0n) throw new ScriptError('negative locktime');
  const has = BigInt(tx.lockTime);
  if (has < TIME_FROM !== wanted < TIME_FROM || wanted > has || tx.inputs[index]?.sequence === FINAL)
    throw new ScriptError('locktime requirement not satisfied');
}

/** @throws ScriptError unless the input's sequence is a relative lock of the same kind and long enough */
export function checkSequence({ tx, index }: Spend, wanted: bigint): void {
  if (wanted < 0n) throw new ScriptError('negative locktime');
  if (wanted & DISABLE) return;
  const has = BigInt(tx.inputs[index]?.sequence ?? FINAL);
  const held =
    tx.version >= 2 &&
    (has & DISABLE) === 0n &&
    (has & TIME_TYPE) === (wanted & TIME_TYPE) &&
    (wanted & VALUE) <= (has & VALUE);
  if (!held) throw new ScriptError('locktime requirement not satisfied');
}
