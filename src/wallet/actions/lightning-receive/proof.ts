// What the server may ask for before it sets coins aside for us: a token, or proof that we hold a coin. The proof gives
// nothing away; any live coin will do, so it is picked at random.

import { attest, lightningReceivePreimage } from '../../../ark/attestation.ts';
import { parseVtxoId, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { fromHex } from '../../../crypto/bytes.ts';
import type { ArkServer } from '../../../server/connect.ts';
import { coinTables, liveCoins } from '../../../store/coins.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import type { Deps } from '../../ports.ts';

type AntiDos = Parameters<ArkServer['prepareLightningReceiveClaim']>[0]['lightningReceiveAntiDos'];

/** Blocks that the coin of the proof must still live. */
const MARGIN = 2;

/** The token of the invoice, or proof of a coin that lives at this tip; undefined when there is neither. */
export async function antiDosProof(deps: Deps, row: InvoiceRow, tip: number): Promise<AntiDos> {
  const { ports } = deps;
  if (row.token !== undefined) return { case: 'token', value: row.token };
  const coins = (await ports.db.read(coinTables, liveCoins)).filter(
    (c) => c.state === 'spendable' && c.expiryHeight > tip + MARGIN,
  );
  if (coins.length === 0) return undefined;
  const coin = coins[new DataView(ports.random(4).slice().buffer).getUint32(0) % coins.length]!;
  const vtxoId = vtxoIdBytes(parseVtxoId(coin.id));
  const { secret } = ports.keys.unlocked().vtxoKey(coin.keyIndex);
  try {
    const preimage = lightningReceivePreimage(fromHex(row.hash), vtxoId);
    const attestation = attest(ports.curve, preimage, secret, ports.random(32));
    return { case: 'inputVtxo', value: { vtxoId, attestation } };
  } finally {
    secret.fill(0);
  }
}
