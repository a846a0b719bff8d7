// Exits: transactions to broadcast, the clause that the owner can sign, the claim.
import { equalBytes, fromHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import * as claims from '../../../src/ark/claim.ts';
import type { TxOut } from '../../../src/ark/encode.ts';
import { exitChain } from '../../../src/ark/exit.ts';
import { policyTaproot } from '../../../src/ark/policy-taproot.ts';
import { txWeight } from '../../../src/ark/tx.ts';
import { validateVtxo } from '../../../src/ark/validate.ts';
import { encodeVtxo, vtxoTxOut } from '../../../src/ark/vtxo.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';
import type { Key } from '../signing.ts';
import { clauseView, fullVtxo, readTx, txOutView, txView } from '../views.ts';

interface Exit {
  name: string;
  vtxo: string;
  anchor_tx: { txid: string; hex: string };
  user_key: Key;
  preimage: string | null;
  exit_chain: object[];
  prevout: object;
  selected_clause: { example_witness: string[] } | null;
  claim: {
    unsigned_tx: { txid: string; hex: string };
    script_spend_sighash: string;
    aux_rand: string;
    signed_tx: { txid: string; hex: string };
    witness_size: number;
  } | null;
}

interface Data {
  exits: Exit[];
}

function checkClaim(input: claims.ClaimInput, e: Exit, check: Check, label: string): void {
  const { claim, user_key } = e;
  if (!claim) return check(input, null, `${label} claim`);
  const expected = readTx(claim.unsigned_tx, check, `${label} claim`);
  const output = expected.outputs[0] as TxOut;
  const fee = sats(input.vtxo.amount - output.value);
  const tx = claims.buildClaim([input], output.script, expected.lockTime, fee);
  check(txView(tx), claim.unsigned_tx, `${label} claim built`);
  check(claims.claimSighash(tx, [input], 0), claim.script_spend_sighash, `${label} digest`);
  const secret = fromHex(user_key.secret);
  const signed = claims.signClaim(
    curve,
    tx,
    [input],
    () => secret,
    () => fromHex(claim.aux_rand),
  );
  check(txView(signed), claim.signed_tx, `${label} claim signed`);
  check(claims.claimWitnessSize(input), claim.witness_size, `${label} witness size`);
  check(claims.claimWeight([input], output.script), txWeight(signed), `${label} weight`);
}

export function compare(data: Data, check: Check): void {
  for (const e of data.exits) {
    const label = e.name;
    const vtxo = fullVtxo(e.vtxo);
    check(encodeVtxo(vtxo, 'full'), e.vtxo, `${label} coin`);
    const anchor = readTx(e.anchor_tx, check, `${label} anchor`);
    validateVtxo(curve, vtxo, anchor);
    check(curve.publicKey(fromHex(e.user_key.secret)), e.user_key.public, `${label} key`);
    check(
      exitChain(curve, vtxo).map((step) => ({
        tx: txView(step.tx),
        output_idx: step.outputIdx,
        weight: step.weight,
        anchor_vout: step.anchor.point.vout,
        anchor_value: step.anchor.value,
        fully_signed: step.signed,
      })),
      e.exit_chain,
      `${label} chain`,
    );
    check(txOutView(vtxoTxOut(curve, vtxo)), e.prevout, `${label} output`);
    const preimage = e.preimage === null ? undefined : fromHex(e.preimage);
    // Where no clause was found the file still names the preimage that was not given.
    const withheld = e.selected_clause === null ? undefined : preimage;
    const own = fromHex(e.user_key.public);
    const input = claims.claimInput(curve, vtxo, {
      owns: (key) => equalBytes(key, own),
      preimage: (hash) => (withheld && equalBytes(sha256(withheld), hash) ? withheld : undefined),
    });
    if (!input) {
      check(null, e.selected_clause, `${label} clause`);
      check(null, e.claim, `${label} claim`);
      continue;
    }
    const signature = fromHex(e.selected_clause?.example_witness[0] ?? '');
    const taproot = policyTaproot(curve, vtxo.policy, vtxo);
    check(clauseView(input.clause, taproot, signature, exampleOf(e)), e.selected_clause, `${label} clause`);
    checkClaim(input, e, check, label);
  }
}

/** The example witness of a hash clause carries a preimage of its own. */
const exampleOf = (e: Exit): Uint8Array | undefined => {
  const items = e.selected_clause?.example_witness ?? [];
  return items.length === 4 ? fromHex(items[1] as string) : undefined;
};
