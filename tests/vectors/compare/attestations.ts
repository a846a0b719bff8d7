// All six attestations: preimage, digest, signature with the given aux bytes, verification.
import {
  arkoorCosignPreimage,
  attest,
  ATTESTATION_PREFIXES,
  delegatedRoundPreimage,
  lightningReceivePreimage,
  offboardRequestPreimage,
  roundAttemptPreimage,
  verifyAttestation,
  vtxoStatusPreimage,
} from '../../../src/ark/attestation.ts';
import { decodePolicy } from '../../../src/ark/policy.ts';
import { parseVtxoId, vtxoIdBytes } from '../../../src/ark/vtxo-id.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';

interface Output {
  amount: number | string;
  policy: string;
  cosign_pubkey?: string;
}
interface Fields {
  challenge?: string;
  requests?: Output[];
  outputs?: Output[];
  payment_hash?: string;
  script_pubkey?: string;
  net_amount?: number | string;
  input_ids?: string[];
  deduct_fees_from_gross_amount?: boolean;
  fee_rate_sat_per_kwu?: number | string;
}
interface Entry {
  digest: string;
  aux_rand: string;
  signature: string;
  key: { secret: string; public: string };
  kind: string;
  prefix_ascii: string;
  preimage: string;
  vtxo_id: string;
  fields: Fields;
}

const idBytes = (text: string) => vtxoIdBytes(parseVtxoId(text));
const output = (o: Output) => ({
  amount: sats(BigInt(o.amount)),
  policy: decodePolicy(curve, fromHex(o.policy)),
  cosignPubkey: fromHex(o.cosign_pubkey ?? ''),
});
const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the vector lacks a field');
  return value;
};

const kinds: Record<string, { prefix: string; preimage: (id: Uint8Array, f: Fields) => Uint8Array }> = {
  round_attempt: {
    prefix: ATTESTATION_PREFIXES.roundAttempt,
    preimage: (id, f) => roundAttemptPreimage(fromHex(need(f.challenge)), id, need(f.requests).map(output)),
  },
  delegated_round_participation: {
    prefix: ATTESTATION_PREFIXES.delegatedRoundParticipation,
    preimage: (id, f) => delegatedRoundPreimage(id, need(f.requests).map(output)),
  },
  lightning_receive: {
    prefix: ATTESTATION_PREFIXES.lightningReceive,
    preimage: (id, f) => lightningReceivePreimage(fromHex(need(f.payment_hash)), id),
  },
  vtxo_status: { prefix: ATTESTATION_PREFIXES.vtxoStatus, preimage: (id) => vtxoStatusPreimage(id) },
  offboard_request: {
    prefix: ATTESTATION_PREFIXES.offboardRequest,
    preimage: (_, f) =>
      offboardRequestPreimage(
        { value: sats(BigInt(need(f.net_amount))), script: fromHex(need(f.script_pubkey)) },
        need(f.input_ids).map(idBytes),
      ),
  },
  arkoor_cosign: {
    prefix: ATTESTATION_PREFIXES.arkoorCosign,
    preimage: (id, f) => arkoorCosignPreimage(id, need(f.outputs).map(output)),
  },
};

export function compare(data: { attestations: Entry[] }, check: Check): void {
  for (const [i, a] of data.attestations.entries()) {
    const label = `${a.kind} ${i}`;
    const kind = need(kinds[a.kind]);
    const secret = fromHex(a.key.secret);
    const preimage = kind.preimage(idBytes(a.vtxo_id), a.fields);
    check(curve.publicKey(secret), a.key.public, `${label} key`);
    check(kind.prefix, a.prefix_ascii, `${label} prefix`);
    check(preimage, a.preimage, `${label} preimage`);
    check(sha256(preimage), a.digest, `${label} digest`);
    const signature = attest(curve, preimage, secret, fromHex(a.aux_rand));
    check(signature, a.signature, `${label} signature`);
    check(verifyAttestation(curve, preimage, signature, curve.publicKey(secret)), true, `${label} verifies`);
    // The offboard attestation covers neither the fee rate nor the deduct flag: they are inputs of nothing.
    check.informative(a.fields.deduct_fees_from_gross_amount, a.fields.fee_rate_sat_per_kwu);
  }
}
