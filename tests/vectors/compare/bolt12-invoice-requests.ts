// bolt12-invoice-requests.json: requests read, made again from offer and fields with the payer's secret, refused with
// LDK's errors; LDK's own payer keys derived.
import { concat, fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { decodeInvoiceRequest, makeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import type { InvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import { merkleRoot, signatureDigest } from '../../../src/lightning/bolt12/merkle.ts';
import { decodeOffer, offerChains } from '../../../src/lightning/bolt12/offer.ts';
import { decodeBolt12Text, encodeBolt12Text } from '../../../src/lightning/bolt12/text.ts';
import { compareTlvs, ldkCrypt, ldkKeys, ldkPayerSecret, refusesAs, ZERO_AUX } from '../bolt12.ts';
import type { TlvList } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Valid {
  name: string;
  offer: string;
  hex: string;
  bech32: string;
  payer_secret: string;
  tlvs: TlvList;
  merkle_root: string;
  signature_digest: string;
  fields: Record<string, unknown>;
}
interface LdkMade {
  offer: string;
  hex: string;
  key_material: string;
  nonce: string;
  payment_id: string;
  payer_secret: string;
  tlvs: TlvList;
}
interface Data {
  set: string;
  now: number;
  valid: Valid[];
  invalid: Array<{ name: string; hex: string; ldk_error: string }>;
  ldk_made: LdkMade[];
}

const view = (request: InvoiceRequest) => ({
  payer_metadata: request.fields.payerMetadata,
  chain: request.fields.chain ?? offerChains({})[0],
  amount_msats: request.amount,
  quantity: request.fields.quantity,
  payer_id: request.payerKey,
  payer_note: request.fields.payerNote,
});

/** Reads, and makes the same bytes again from the offer's text and the payer's fields. */
function remade(
  v: { offer: string; hex: string; payer_secret: string },
  check: Check,
  label: string,
): InvoiceRequest {
  const request = decodeInvoiceRequest(curve, fromHex(v.hex));
  const offer = decodeOffer(curve, v.offer);
  check(request.offerId, offer.id, `${label} offer id`);
  const own = new Set([0n, 80n, 82n, 84n, 86n, 88n, 89n, 90n, 91n, 240n]);
  const unknown = request.tlvs.filter((t) => !own.has(t.type) && !offer.tlvs.some((o) => o.type === t.type));
  const made = makeInvoiceRequest(curve, offer, {
    fields: { ...request.fields, payerMetadata: request.fields.payerMetadata as Uint8Array },
    unknown,
    payerSecret: fromHex(v.payer_secret),
    aux: ZERO_AUX,
  });
  check(made.bytes, v.hex, `${label} made from offer and fields`);
  check(curve.publicKey(fromHex(v.payer_secret)), request.payerKey, `${label} payer key`);
  return request;
}

export function compare(data: Data, check: Check): void {
  check.informative(data.set, data.now);
  for (const v of data.valid) {
    const request = remade(v, check, v.name);
    compareTlvs(request.tlvs, v.hex, v.tlvs, check, v.name);
    check(decodeBolt12Text('lnr', v.bech32), v.hex, `${v.name} text read`);
    check(encodeBolt12Text('lnr', request.bytes), v.bech32, `${v.name} text written`);
    check(merkleRoot(request.tlvs), v.merkle_root, `${v.name} merkle root`);
    check(signatureDigest('invoice_request', request.tlvs), v.signature_digest, `${v.name} digest`);
    check(request.digest, v.signature_digest, `${v.name} digest checked`);
    check(view(request), v.fields, v.name);
  }
  for (const v of data.invalid) {
    refusesAs(() => decodeInvoiceRequest(curve, fromHex(v.hex)), v.ldk_error, check, v.name);
  }
  for (const [i, v] of data.ldk_made.entries()) {
    const request = remade(v, check, `LDK's ${i}`);
    compareTlvs(request.tlvs, v.hex, v.tlvs, check, `LDK's ${i}`);
    const keys = ldkKeys(fromHex(v.key_material));
    const nonce = fromHex(v.nonce);
    const sealedId = ldkCrypt(keys.offersEncryption, nonce, fromHex(v.payment_id));
    check(request.fields.payerMetadata, concat(sealedId, nonce), `LDK's ${i} metadata`);
    const secret = ldkPayerSecret(keys, nonce, sealedId, request.tlvs);
    check(secret, v.payer_secret, `LDK's ${i} payer secret`);
  }
}
