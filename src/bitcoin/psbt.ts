// A transaction that another wallet prepared (BIP 174), as far as we need it: what it spends and pays, and its final form
// when all signatures are there.
import { Transaction } from '@scure/btc-signer';
import { fromHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import { sats } from '../units.ts';

export interface Prepared {
  /** Without signatures. */
  unsigned: Uint8Array;
  /** With all of them; absent while one is missing. */
  raw?: Uint8Array;
  /** What the miners get. */
  fee: Sats;
}

const invalid = (say: string): SkiffError => new SkiffError({ code: 'INVALID_ENCODING', say });

/** Scripts whose spends leave the txid as it is: witness programs. */
const isWitnessProgram = (script: Uint8Array): boolean =>
  script.length >= 4 &&
  script.length <= 42 &&
  (script[0] === 0 || (script[0]! >= 0x51 && script[0]! <= 0x60)) &&
  script[1] === script.length - 2;

/**
 * Reads a PSBT of bytes.
 * @throws SkiffError INVALID_ENCODING; also when an input is not natively segwit, for its signature would change the txid
 */
export function readPsbt(bytes: Uint8Array): Prepared {
  let tx: Transaction;
  try {
    tx = Transaction.fromPSBT(bytes, {
      allowUnknownOutputs: true,
      allowUnknownInputs: true,
      allowLegacyWitnessUtxo: true,
    });
  } catch {
    throw invalid('This is not a PSBT.');
  }
  let [spent, complete] = [0n, tx.inputsLength > 0];
  for (let i = 0; i < tx.inputsLength; i++) {
    const input = tx.getInput(i);
    const output = input.witnessUtxo ?? input.nonWitnessUtxo?.outputs[input.index ?? 0];
    if (!output) throw invalid('The PSBT does not say what it spends.');
    if (!isWitnessProgram(output.script))
      throw invalid(
        'Only native segwit inputs can fund a board: a signature of any other kind changes the txid.',
      );
    spent += output.amount;
    if (!input.finalScriptWitness?.length) complete = finalize(tx, i) && complete;
  }
  let paid = 0n;
  for (let i = 0; i < tx.outputsLength; i++) paid += tx.getOutput(i).amount ?? 0n;
  if (paid > spent) throw invalid('The PSBT pays more than it spends.');
  return {
    unsigned: tx.unsignedTx,
    ...(complete && { raw: fromHex(tx.hex) }),
    fee: sats(spent - paid),
  };
}

/** Is there enough in the PSBT to finish this input? */
function finalize(tx: Transaction, index: number): boolean {
  try {
    tx.finalizeIdx(index);
    return true;
  } catch {
    return false;
  }
}
