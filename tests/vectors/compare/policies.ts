// Policies: bytes, taproots, clauses, witnesses, names, and what each decoder refuses.
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { needsPreimage } from '../../../src/ark/clause.ts';
import { policyClauses, policyTaproot } from '../../../src/ark/policy-taproot.ts';
import {
  decodePolicy,
  decodeUserPolicy,
  encodePolicy,
  isArkoorCompatible,
  isPolicyName,
  isUserPolicy,
} from '../../../src/ark/policy.ts';
import { decodeServerVtxo, encodeVtxo, vtxoId } from '../../../src/ark/vtxo.ts';
import { vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import type { Check } from '../check.ts';
import { clauseView, policyView } from '../views.ts';

interface Data {
  policies: {
    policy: { hex: string };
    server_pubkey: string;
    exit_delta: number;
    expiry_height: number;
    is_user_policy: boolean;
    is_arkoor_compatible: boolean;
    internal_key: string;
    merkle_root: string | null;
    tap_tweak: string;
    output_key: string;
    output_key_parity: number;
    script_pubkey: string;
    clauses: object[];
    example_signature: string;
    example_preimage: string;
    bare_vtxo: { hex: string; id: string; amount: number; anchor: string };
  }[];
  decode_attempts: {
    as: 'user' | 'server';
    of: string;
    result: { note: string; hex: string } & ({ ok: true; reencoded: string } | { ok: false; error: string });
  }[];
  kind_strings: { string: string; ok: boolean }[];
}

export function compare(data: Data, check: Check): void {
  for (const [i, entry] of data.policies.entries()) {
    const policy = decodePolicy(curve, fromHex(entry.policy.hex));
    const label = `policy ${i}`;
    check(policyView(policy), entry.policy, label);
    check(isUserPolicy(policy), entry.is_user_policy, `${label} user`);
    check(isArkoorCompatible(policy), entry.is_arkoor_compatible, `${label} arkoor`);
    const context = {
      serverPubkey: fromHex(entry.server_pubkey),
      exitDelta: entry.exit_delta,
      expiryHeight: entry.expiry_height,
    };
    const taproot = policyTaproot(curve, policy, context);
    check(taproot.internal, entry.internal_key, `${label} internal key`);
    check(taproot.root, entry.merkle_root, `${label} root`);
    check(taproot.tweak, entry.tap_tweak, `${label} tweak`);
    check(taproot.outputKey, entry.output_key, `${label} output key`);
    check(taproot.parity, entry.output_key_parity, `${label} parity`);
    check(taproot.script, entry.script_pubkey, `${label} script`);
    const [signature, preimage] = [fromHex(entry.example_signature), fromHex(entry.example_preimage)];
    const clauses = policyClauses(curve, policy, context);
    check(
      clauses.map((c) => clauseView(c, taproot, signature, preimage)),
      entry.clauses,
      `${label} clauses`,
    );
    for (const clause of clauses.filter(needsPreimage)) {
      check(clause.hash, toHex(sha256(preimage)), `${label} preimage`);
    }
    const bare = entry.bare_vtxo;
    const vtxo = decodeServerVtxo(curve, fromHex(bare.hex), 'bare');
    check(
      {
        hex: toHex(encodeVtxo(vtxo, 'bare')),
        id: vtxoId(vtxo),
        amount: vtxo.amount,
        anchor: vtxoIdText(vtxo.anchor),
      },
      bare,
      `${label} bare vtxo`,
    );
    check(encodePolicy(vtxo.policy), entry.policy.hex, `${label} policy of the bare vtxo`);
  }
  for (const { as, of, result } of data.decode_attempts) {
    const decode = as === 'user' ? decodeUserPolicy : decodePolicy;
    const run = () => decode(curve, fromHex(result.hex));
    const label = `decode ${of} as ${as}, ${result.note}`;
    if (result.ok) check(encodePolicy(run()), result.reencoded, label);
    else {
      check.informative(result.error);
      check.refuses(run, label);
    }
  }
  for (const { string, ok } of data.kind_strings) check(isPolicyName(string), ok, `name "${string}"`);
}
