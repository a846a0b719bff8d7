// What a transaction means for the on-chain wallet, from its bytes and from the outputs and addresses that we know.

import { parseTx, txid as txidOf } from '../../ark/tx.ts';
import { txidText, vtxoIdText } from '../../ark/vtxo-id.ts';
import { toHex } from '../../crypto/bytes.ts';
import { addressByScript } from '../../store/onchain.ts';
import type { ReadTx } from '../../store/port.ts';
import type { OnchainTxRow, OnchainUtxoRow } from '../../store/rows.ts';
import { sats } from '../../units.ts';

/** Its row, as seen now. Needs the tables `onchain` and `onchainUtxos`. @param others value of the inputs that are not ours */
export async function describeTx(
  tx: ReadTx,
  raw: Uint8Array,
  now: number,
  others?: bigint,
): Promise<Omit<OnchainTxRow, 'open'>> {
  const parsed = parseTx(raw);
  let [sent, received, foreign] = [0n, 0n, false];
  for (const { prevout } of parsed.inputs) {
    const utxo = await tx.get<OnchainUtxoRow>('onchainUtxos', vtxoIdText(prevout));
    if (utxo) sent += utxo.value;
    else foreign = true;
  }
  for (const { script, value } of parsed.outputs) {
    if (await addressByScript(tx, toHex(script))) received += value;
  }
  const spent = sent + (others ?? 0n);
  const out = parsed.outputs.reduce((sum, { value }) => sum + value, 0n);
  return {
    txid: txidText(txidOf(parsed)),
    raw,
    sent: sats(sent),
    received: sats(received),
    ...((!foreign || others !== undefined) && spent >= out && { fee: sats(spent - out) }),
    seenAt: now,
  };
}
