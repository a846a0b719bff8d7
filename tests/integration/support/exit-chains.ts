// Every coin that a wallet of the tests ever held could leave by the chain without the server: the signed transactions
// of its genesis are written down, and `npm run conformance` shows them to Bitcoin Core's consensus code.
import { appendFileSync } from 'node:fs';
import { exitTransactions } from '../../../src/ark/exit-chain.ts';
import { serializeTx } from '../../../src/ark/tx.ts';
import { decodeVtxo } from '../../../src/ark/vtxo.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import type { Db } from '../../../src/store/port.ts';
import type { CoinBodyRow } from '../../../src/store/rows.ts';

const written = new Set<string>();

/**
 * Appends the exit transactions of all coins, spent ones too, to the file that SKIFF_TX_DUMP names; not where
 * SKIFF_EXIT_DUMP is `no`.
 */
export async function dumpExitChains(db: Db): Promise<void> {
  const file = process.env['SKIFF_TX_DUMP'];
  if (!file || process.env['SKIFF_EXIT_DUMP'] === 'no') return;
  const bodies = await db.read(['coinBodies'], (tx) => tx.query<CoinBodyRow>('coinBodies'));
  for (const { bytes } of bodies) {
    for (const { tx, txid, spent } of exitTransactions(nobleCurve, decodeVtxo(nobleCurve, bytes, 'full'))) {
      const id = toHex(txid);
      if (written.has(id)) continue;
      written.add(id);
      const output = { value: Number(spent.value), script: toHex(spent.script) };
      appendFileSync(file, `${JSON.stringify({ tx: toHex(serializeTx(tx)), spent: [output] })}\n`);
    }
  }
}
