// Connectors (ark-lib connectors.rs): outputs of 330 sat that only the server can spend. A forfeit that spends one is
// worth nothing unless the transaction with the connector is on the chain, which also pays what the forfeit is for.
// Chains of connectors belong to an older protocol; today's offboards fan one output out.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import type { OutPoint, TxOut } from './encode.ts';
import { feeAnchor, VTXO_DUST } from './script.ts';
import { buildTaproot } from './taproot.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';

const FINAL = 0xffff_ffff;
const NO_FEE = sats(0n);

const atLeastOne = (count: number): void => {
  if (!Number.isInteger(count) || count < 1)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'There must be at least one connector.' });
};

/** P2TR of a 33-byte key, key path only. */
export const keyOnlyScript = (curve: Curve, pubkey: Bytes): Bytes =>
  buildTaproot(curve, pubkey.subarray(1), []).script;

/** What an output for so many connectors must hold. */
export const connectorBudget = (count: number): Sats => sats(VTXO_DUST * BigInt(count));

const spend = (prevout: OutPoint, outputs: readonly TxOut[]): Tx => ({
  version: 3,
  lockTime: 0,
  inputs: [{ prevout, sequence: FINAL }],
  outputs: [...outputs, feeAnchor(NO_FEE)],
});

/** Breaks one connector output up into `count`, all with its script. @throws SkiffError INVALID_ARGUMENT for none */
export function connectorFanoutTx(prevout: OutPoint, count: number, script: Bytes): Tx {
  atLeastOne(count);
  return spend(
    prevout,
    Array.from({ length: count }, () => ({ value: VTXO_DUST, script })),
  );
}

/** A chain of `count` connectors. */
export interface ConnectorChain {
  /** What the output at its start must pay. */
  readonly output: TxOut;
  /** One fewer than connectors. */
  readonly txs: readonly Tx[];
  readonly connectors: readonly OutPoint[];
}

/** The chain that hangs off `utxo`. @throws SkiffError INVALID_ARGUMENT for none */
export function connectorChain(curve: Curve, count: number, utxo: OutPoint, pubkey: Bytes): ConnectorChain {
  atLeastOne(count);
  const script = keyOnlyScript(curve, pubkey);
  const txs: Tx[] = [];
  const connectors: OutPoint[] = [];
  let prevout = utxo;
  for (let left = count - 1; left > 0; left--) {
    const tx = spend(prevout, [
      { value: connectorBudget(left), script },
      { value: VTXO_DUST, script },
    ]);
    txs.push(tx);
    const id = txid(tx);
    connectors.push({ txid: id, vout: 1 });
    prevout = { txid: id, vout: 0 };
  }
  return { output: { value: connectorBudget(count), script }, txs, connectors: [...connectors, prevout] };
}

/** Signature of a key-only input by the key it pays (BIP-341 key path, no leaves). @param aux 32 random bytes */
export function signKeyOnly(
  curve: Curve,
  tx: Tx,
  input: number,
  spent: readonly TxOut[],
  secret: Bytes,
  aux: Bytes,
): Bytes {
  const { tweak } = buildTaproot(curve, curve.publicKey(secret).subarray(1), []);
  return curve.schnorrSign(taprootSighash(tx, input, spent), curve.tweakSecret(secret, tweak), aux);
}
