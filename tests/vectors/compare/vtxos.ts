// VTXOs of every origin: fields, exit transactions, encodings in both versions, validation.
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { parseTx, serializeTx, txid } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { decodeServerVtxo, decodeVtxo, encodeVtxo, exitDepth, vtxoId } from '../../../src/ark/vtxo.ts';
import type { Check } from '../check.ts';
import { validationView } from '../validation-text.ts';
import { fullVtxo, fullVtxoView, vtxoView } from '../views.ts';

type Fields = ReturnType<typeof fullVtxoView>;

interface Data {
  vtxos: (Fields & {
    name: string;
    anchor_tx: { txid: string; hex: string };
    validation: unknown;
    v1_hex?: string;
  })[];
  server_vtxos: { name: string; decodes_as_user_vtxo: boolean; vtxo: ReturnType<typeof vtxoView> }[];
  big_genesis: { hex: string; exit_depth: number; id: string; bare_hex: string };
}

export function compare(data: Data, check: Check): void {
  for (const entry of data.vtxos) {
    const { name, anchor_tx, validation, v1_hex, ...fields } = entry;
    const vtxo = fullVtxo(entry.hex);
    check(fullVtxoView(vtxo), fields, name);
    check(
      vtxoView(decodeServerVtxo(curve, fromHex(entry.hex), 'full')).hex,
      entry.hex,
      `${name} as server vtxo`,
    );
    check(
      toHex(encodeVtxo(decodeVtxo(curve, fromHex(entry.hex), 'bare'), 'full')),
      entry.bare_hex,
      `${name} read bare`,
    );
    const anchor = parseTx(fromHex(anchor_tx.hex));
    check(txidText(txid(anchor)), anchor_tx.txid, `${name} anchor txid`);
    check(serializeTx(anchor), anchor_tx.hex, `${name} anchor bytes`);
    check(validationView(vtxo, anchor_tx.hex), validation, `${name} validation`);
    if (v1_hex !== undefined) check(fullVtxoView(fullVtxo(v1_hex)).hex, entry.hex, `${name} from version 1`);
  }
  for (const { name, decodes_as_user_vtxo, vtxo } of data.server_vtxos) {
    const bytes = fromHex(vtxo.hex);
    check(vtxoView(decodeServerVtxo(curve, bytes, 'full')), vtxo, name);
    if (decodes_as_user_vtxo)
      check(vtxoView(decodeVtxo(curve, bytes, 'full')).hex, vtxo.hex, `${name} as user vtxo`);
    else check.refuses(() => decodeVtxo(curve, bytes, 'full'), `${name} as user vtxo`);
  }
  const big = fullVtxo(data.big_genesis.hex);
  check(
    {
      hex: toHex(encodeVtxo(big, 'full')),
      exit_depth: exitDepth(big),
      id: vtxoId(big),
      bare_hex: toHex(encodeVtxo(big, 'bare')),
    },
    data.big_genesis,
    'big genesis',
  );
}
