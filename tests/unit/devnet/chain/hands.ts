// Hands for the chain's tests: keys, outputs and signed transactions, made with @scure/btc-signer.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { Transaction } from '@scure/btc-signer';
import { tapLeafHash, taprootListToTree, p2tr } from '@scure/btc-signer/payment.js';
import { RawTx } from '@scure/btc-signer/script.js';
import { expect } from 'vitest';
import { createChain, Rejected, type DevChain } from '../../../../devnet/chain/index.ts';
import type { ChainOptions } from '../../../../devnet/chain/types.ts';
import { readTx } from '../../../../devnet/chain/tx.ts';
import { concat, fromHex } from '../../../../src/crypto/bytes.ts';
import { ripemd160, sha256 } from '../../../../src/crypto/hash.ts';

const NOW = 1_700_000_000_000;
export const ANCHOR = Uint8Array.of(0x51, 0x02, 0x4e, 0x73);

/** A chain whose clock stands still. */
export const still = (options: ChainOptions = {}): DevChain => createChain({ now: () => NOW, ...options });

export const secret = (n: number): Uint8Array => sha256(Uint8Array.of(n));

export interface Lock {
  readonly script: Uint8Array;
  /** Witness for the digests of one input. */
  unlock(digests: Digests): Uint8Array[];
}

export interface Digests {
  v0(code: Uint8Array, type?: number): Uint8Array;
  taproot(type?: number, leafScript?: Uint8Array): Uint8Array;
}

const typed = (signature: Uint8Array, type: number) =>
  type === 0 ? signature : concat(signature, Uint8Array.of(type));

/** P2TR key path, untweaked output key. */
export function keyLock(n: number, type = 0): Lock {
  const key = schnorr.getPublicKey(secret(n));
  return {
    script: concat(Uint8Array.of(0x51, 0x20), key),
    unlock: ({ taproot }) => [typed(schnorr.sign(taproot(type), secret(n), new Uint8Array(32)), type)],
  };
}

const der = (digest: Uint8Array, n: number, type: number) =>
  concat(secp256k1.sign(digest, secret(n), { prehash: false, format: 'der' }), Uint8Array.of(type));

/** P2WPKH. */
export function wpkhLock(n: number, type = 1): Lock {
  const key = secp256k1.getPublicKey(secret(n));
  const hash = ripemd160(sha256(key));
  const code = Uint8Array.from([0x76, 0xa9, 20, ...hash, 0x88, 0xac]);
  return {
    script: concat(Uint8Array.of(0, 20), hash),
    unlock: ({ v0 }) => [der(v0(code, type), n, type), key],
  };
}

/** P2WSH; `items` makes the stack below the script. */
export function wshLock(script: Uint8Array, items: (sign: (n: number) => Uint8Array) => Uint8Array[]): Lock {
  return {
    script: concat(Uint8Array.of(0, 32), sha256(script)),
    unlock: ({ v0 }) => [...items((n) => der(v0(script, 1), n, 1)), script],
  };
}

/** P2TR with one leaf, spent by it. */
export function leafLock(leaf: Uint8Array, items: (sign: (n: number) => Uint8Array) => Uint8Array[]): Lock {
  const internal = schnorr.getPublicKey(secret(99));
  const tree = taprootListToTree([{ script: leaf, leafVersion: 0xc0 }]);
  const paid = p2tr(internal, tree, undefined, true);
  const tweaked = paid.tweakedPubkey;
  const control = [0, 1]
    .map((parity) => concat(Uint8Array.of(0xc0 | parity), internal))
    .find((block) => parityFits(block, leaf, tweaked)) as Uint8Array;
  return {
    script: paid.script,
    unlock: ({ taproot }) => [
      ...items((n) => schnorr.sign(taproot(0, leaf), secret(n), new Uint8Array(32))),
      leaf,
      control,
    ],
  };
}

function parityFits(control: Uint8Array, leaf: Uint8Array, outputKey: Uint8Array): boolean {
  const internal = control.subarray(1);
  const tweak = schnorr.utils.taggedHash('TapTweak', internal, tapLeafHash(leaf));
  const lifted = schnorr.utils.lift_x(BigInt(`0x${Buffer.from(internal).toString('hex')}`));
  const point = lifted.add(secp256k1.Point.BASE.multiply(secp256k1.Point.Fn.fromBytes(tweak)));
  expect(Buffer.from(schnorr.utils.pointToBytes(point))).toEqual(Buffer.from(outputKey));
  return (point.toAffine().y & 1n) === BigInt((control[0] as number) & 1);
}

export const ANYONE: Lock = { script: ANCHOR, unlock: () => [] };

export interface Coin {
  readonly txid: string;
  readonly vout: number;
  readonly value: bigint;
  readonly lock: Lock;
}

export interface Plan {
  readonly inputs: readonly { readonly coin: Coin; readonly sequence?: number }[];
  readonly outputs: readonly { readonly value: bigint; readonly script: Uint8Array }[];
  readonly version?: number;
  readonly lockTime?: number;
}

/** Signed consensus bytes. */
export function build({ inputs, outputs, version = 2, lockTime = 0 }: Plan): Uint8Array {
  const body = {
    version,
    lockTime,
    inputs: inputs.map(({ coin, sequence = 0xffff_fffd }) => ({
      txid: fromHex(coin.txid),
      index: coin.vout,
      finalScriptSig: new Uint8Array(0),
      sequence,
    })),
    outputs: outputs.map(({ value, script }) => ({ amount: value, script })),
  };
  const empty = { ...body, segwitFlag: false, witnesses: undefined };
  const tx = Transaction.fromRaw(RawTx.encode(empty), {
    allowUnknownOutputs: true,
    disableScriptCheck: true,
    allowUnknownVersion: true,
  } as never);
  const scripts = inputs.map(({ coin }) => coin.lock.script);
  const amounts = inputs.map(({ coin }) => coin.value);
  const witnesses = inputs.map(({ coin }, i) =>
    coin.lock.unlock({
      v0: (code, type = 1) => tx.preimageWitnessV0(i, code, type, amounts[i] as bigint),
      taproot: (type = 0, leaf) => tx.preimageWitnessV1(i, scripts, type, amounts, undefined, leaf),
    }),
  );
  const segwitFlag = witnesses.some((w) => w.length > 0);
  return RawTx.encode({ ...body, segwitFlag, witnesses: segwitFlag ? witnesses : undefined });
}

/** A coin of this lock, paid by the faucet and mined unless told otherwise. */
export function coin(chain: DevChain, lock: Lock, value = 100_000n, mine = true): Coin {
  const txid = chain.pay(lock.script, value);
  if (mine) chain.mine();
  const outputs = chain.tx(txid)?.tx.outputs ?? [];
  return { txid, vout: outputs.findIndex((out) => out.value === value), value, lock };
}

/** The output of a transaction as a coin. */
export function outputOf(raw: Uint8Array, vout: number, lock: Lock): Coin {
  const tx = readTx(raw);
  return { txid: tx.txid, vout, value: tx.outputs[vout]?.value as bigint, lock };
}

/** The reason with which `act` is refused. */
export function reason(act: () => unknown): string {
  try {
    act();
  } catch (e) {
    if (e instanceof Rejected) return e.reason;
    throw e;
  }
  return 'accepted';
}
