// Connector chains, signed with the given randomness, and fan-outs.
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import {
  connectorBudget,
  connectorChain,
  connectorFanoutTx,
  signKeyOnly,
} from '../../../src/ark/connectors.ts';
import type { TxOut } from '../../../src/ark/encode.ts';
import type { Tx } from '../../../src/ark/tx.ts';
import { parseVtxoId, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import type { Check } from '../check.ts';
import type { Key } from '../signing.ts';
import { txOutView, txView } from '../views.ts';

interface Data {
  chains: {
    len: number;
    utxo: string;
    key: Key;
    output: object;
    required_budget: number;
    unsigned_txs: object[];
    aux_rand: string[];
    signed_txs: object[];
    connectors: string[];
  }[];
  fanout: { prev: string; n: number; script_pubkey: string; tx: object }[];
}

export function compare(data: Data, check: Check): void {
  for (const c of data.chains) {
    const label = `chain of ${c.len}`;
    const secret = fromHex(c.key.secret);
    check(curve.publicKey(secret), c.key.public, `${label} key`);
    const utxo = parseVtxoId(c.utxo);
    check(vtxoIdText(utxo), c.utxo, `${label} utxo`);
    const chain = connectorChain(curve, c.len, utxo, fromHex(c.key.public));
    check(txOutView(chain.output), c.output, `${label} output`);
    check(connectorBudget(c.len), c.required_budget, `${label} budget`);
    check(chain.txs.map(txView), c.unsigned_txs, `${label} transactions`);
    check(chain.connectors.map(vtxoIdText), c.connectors, `${label} connectors`);
    const signed = chain.txs.map((tx, i): Tx => {
      const spent: TxOut = i === 0 ? chain.output : (chain.txs[i - 1]?.outputs[0] as TxOut);
      const signature = signKeyOnly(curve, tx, 0, [spent], secret, fromHex(c.aux_rand[i] ?? ''));
      return { ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness: [signature] })) };
    });
    check(c.aux_rand.length, signed.length, `${label} randomness`);
    check(signed.map(txView), c.signed_txs, `${label} signed`);
  }
  for (const f of data.fanout) {
    const tx = connectorFanoutTx(parseVtxoId(f.prev), f.n, fromHex(f.script_pubkey));
    check(txView(tx), f.tx, `fan-out to ${f.n}`);
  }
}
