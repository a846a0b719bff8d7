// The devnet's miner and faucet: one fixed P2WPKH key that gets every block's reward and pays it out.
import { Transaction } from '@scure/btc-signer';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { fromHex } from '../../src/crypto/bytes.ts';
import { ripemd160, sha256 } from '../../src/crypto/hash.ts';
import { witnessScript } from '../../src/bitcoin/address.ts';
import type { OutputRecord } from './types.ts';

// no secret: whoever reads this can take the play money
const SECRET = sha256(new TextEncoder().encode('skiff devnet faucet'));
const PUBLIC = secp256k1.getPublicKey(SECRET);
export const FAUCET_SCRIPT = witnessScript(0, ripemd160(sha256(PUBLIC)));

const FEE_RATE = 3n;
const BASE_VSIZE = 11n;
const INPUT_VSIZE = 68n;
const OUTPUT_VSIZE = 43n;
const DUST = 330n;

/** A signed payment from these outputs, change back to the faucet. @throws Error when they do not suffice */
export function payment(coins: readonly OutputRecord[], script: Uint8Array, amount: bigint): Uint8Array {
  const tx = new Transaction({ allowUnknownOutputs: true, disableScriptCheck: true });
  let total = 0n;
  let fee = FEE_RATE * (BASE_VSIZE + 2n * OUTPUT_VSIZE);
  for (const { txid, vout, value } of coins) {
    if (total >= amount + fee) break;
    tx.addInput({
      txid: fromHex(txid),
      index: vout,
      sequence: 0xffff_fffd,
      witnessUtxo: { amount: value, script: FAUCET_SCRIPT },
    });
    total += value;
    fee += FEE_RATE * INPUT_VSIZE;
  }
  if (total < amount + fee) throw new Error(`the faucet has only ${total} sat ready; mine some blocks`);
  tx.addOutput({ script, amount });
  const change = total - amount - fee;
  if (change >= DUST) tx.addOutput({ script: FAUCET_SCRIPT, amount: change });
  tx.sign(SECRET);
  tx.finalize();
  return tx.extract();
}
