// Mutated VTXOs: what ark-lib's decoder and validation refuse must be refused, what they accept must come back unchanged.
import { toHex } from '../../../src/crypto/bytes.ts';
import { encodeVtxo } from '../../../src/ark/vtxo.ts';
import type { Check } from '../check.ts';
import { validationView } from '../validation-text.ts';
import { fullVtxo } from '../views.ts';

interface Data {
  decode: {
    base: string;
    note: string;
    hex: string;
    result: { ok: true; same_after_reencode: boolean } | { ok: false; error: string };
  }[];
  validate: { base: string; note: string; vtxo: string; anchor_tx: string; outcome: unknown }[];
}

export function compare(data: Data, check: Check): void {
  for (const { base, note, hex, result } of data.decode) {
    const label = `decode ${base}, ${note}`;
    if (!result.ok) {
      check.informative(result.error);
      check.refuses(() => fullVtxo(hex), label);
      continue;
    }
    const again = toHex(encodeVtxo(fullVtxo(hex), 'full'));
    check(again === hex, result.same_after_reencode, label);
  }
  for (const { base, note, vtxo, anchor_tx, outcome } of data.validate) {
    check(validationView(fullVtxo(vtxo), anchor_tx), outcome, `validate ${base}, ${note}`);
  }
}
