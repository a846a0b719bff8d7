// bolt12-invoices.json: invoices read, held against offer and request, made again from the request and their fields with
// the signer's secret, paths built again; refused with LDK's errors; what a payer does about the careful ones.
import { scriptToAddress, witnessScript } from '../../../src/bitcoin/address.ts';
import type { Network } from '../../../src/bitcoin/network.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { payInfos } from '../../../src/lightning/blinded/payinfo.ts';
import type { PayInfo } from '../../../src/lightning/blinded/payinfo.ts';
import {
  allowsParts,
  answersRequest,
  bolt12InvoiceProblem,
  isBolt12Expired,
  requiresUnknown,
} from '../../../src/lightning/bolt12/invoice-check.ts';
import { decodeInvoiceRequest } from '../../../src/lightning/bolt12/invoice-request.ts';
import {
  decodeBolt12Invoice,
  decodeBolt12InvoiceText,
  makeBolt12Invoice,
} from '../../../src/lightning/bolt12/invoice.ts';
import type { Bolt12Invoice } from '../../../src/lightning/bolt12/invoice.ts';
import { merkleRoot, signatureDigest } from '../../../src/lightning/bolt12/merkle.ts';
import { decodeOffer, offerChains } from '../../../src/lightning/bolt12/offer.ts';
import { encodeBolt12Text, decodeBolt12Text } from '../../../src/lightning/bolt12/text.ts';
import { comparePath, compareTlvs, refusesAs, ZERO_AUX } from '../bolt12.ts';
import type { PathKeys, TlvList } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Valid {
  name: string;
  offer: string;
  invoice_request: string;
  payer_secret: string;
  hex: string;
  bech32: string;
  signing_secret: string;
  preimage: string;
  payment_path_keys: PathKeys[];
  tlvs: TlvList;
  merkle_root: string;
  signature_digest: string;
  fields: { payment_hash: string; [name: string]: unknown };
}
interface Data {
  set: string;
  now: number;
  valid: Valid[];
  invalid: Array<{ name: string; hex: string; bech32: string; ldk_error: string }>;
  careful: Array<{ name: string; hex: string; bech32: string; why: string }>;
}

const infoView = (info: PayInfo) => ({
  fee_base_msat: info.feeBaseMsat,
  fee_proportional_millionths: info.feeProportionalMillionths,
  cltv_expiry_delta: info.cltvExpiryDelta,
  htlc_minimum_msat: info.htlcMinimum,
  htlc_maximum_msat: info.htlcMaximum,
  hex: payInfos.write([info]),
});

const view = (invoice: Bolt12Invoice, now: number) => ({
  amount_msats: invoice.amount,
  payment_hash: invoice.paymentHash,
  created_at: invoice.createdAt,
  relative_expiry: invoice.expirySeconds,
  expired_now: isBolt12Expired(invoice, now),
  signing_pubkey: invoice.signingKey,
  basic_mpp: allowsParts(invoice),
  payment_paths: invoice.paths.length,
  payinfo: invoice.paths.map((p) => infoView(p.payInfo)),
  fallbacks: (invoice.fields.fallbacks ?? []).map((f) =>
    scriptToAddress(witnessScript(f.version, f.program), invoice.network as Network),
  ),
  chain: invoice.request.chain ?? offerChains({})[0],
  requires_unknown_features: requiresUnknown(invoice),
});

/** What a payer must do, by the name of the case. */
const CAREFUL: Record<string, string> = {
  expired: 'INVOICE_EXPIRED',
  'expires this second (still valid)': 'payable',
  'unknown required feature': 'UNSUPPORTED',
  'no basic_mpp': 'payable',
  basic_mpp: 'payable',
};

function compareValid(v: Valid, now: number, check: Check): void {
  const invoice = decodeBolt12Invoice(curve, fromHex(v.hex));
  check(invoice.text, v.bech32, `${v.name} text`);
  check(decodeBolt12InvoiceText(curve, v.bech32).bytes, v.hex, `${v.name} bytes`);
  compareTlvs(invoice.tlvs, v.hex, v.tlvs, check, v.name);
  check(merkleRoot(invoice.tlvs), v.merkle_root, `${v.name} merkle root`);
  check(signatureDigest('invoice', invoice.tlvs), v.signature_digest, `${v.name} digest`);
  check(invoice.digest, v.signature_digest, `${v.name} digest checked`);
  check(view(invoice, now), v.fields, v.name);
  check(sha256(fromHex(v.preimage)), v.fields.payment_hash, `${v.name} preimage`);
  check(invoice.offerId, decodeOffer(curve, v.offer).id, `${v.name} offer id`);
  const request = decodeInvoiceRequest(curve, fromHex(v.invoice_request));
  check(answersRequest(invoice, request), true, `${v.name} answers its request`);
  check(curve.publicKey(fromHex(v.payer_secret)), invoice.request.payerId, `${v.name} payer`);
  const known = new Set(request.tlvs.map((t) => t.type));
  const { nodeId: _made, ...fields } = invoice.fields;
  const unknown = invoice.tlvs.filter((t) =>
    t.type > 240n ? !known.has(t.type) : t.type > 160n && t.type % 2n === 1n,
  );
  const plan = { fields, unknown, signingSecret: fromHex(v.signing_secret), aux: ZERO_AUX };
  check(makeBolt12Invoice(curve, request.tlvs, plan).bytes, v.hex, `${v.name} made from request and fields`);
  check(invoice.paths.length, v.payment_path_keys.length, `${v.name} paths with keys`);
  for (const [i, { path }] of invoice.paths.entries())
    comparePath(path, v.payment_path_keys[i] as PathKeys, check, `${v.name} path ${i}`);
}

export function compare(data: Data, check: Check): void {
  check.informative(data.set);
  for (const v of data.valid) compareValid(v, data.now, check);
  for (const v of data.invalid) {
    refusesAs(() => decodeBolt12Invoice(curve, fromHex(v.hex)), v.ldk_error, check, v.name);
    refusesAs(() => decodeBolt12InvoiceText(curve, v.bech32), v.ldk_error, check, `${v.name} text`);
    check(encodeBolt12Text('lni', fromHex(v.hex)), v.bech32, `${v.name} text written`);
    check(decodeBolt12Text('lni', v.bech32), v.hex, `${v.name} text read`);
  }
  for (const v of data.careful) {
    check.informative(v.why);
    const invoice = decodeBolt12Invoice(curve, fromHex(v.hex));
    check(invoice.text, v.bech32, `${v.name} text`);
    const problem = bolt12InvoiceProblem(invoice, 'mainnet', data.now);
    check(problem?.code ?? 'payable', CAREFUL[v.name], v.name);
    if (v.name.endsWith('basic_mpp')) check(allowsParts(invoice), v.name === 'basic_mpp', `${v.name} bit`);
  }
}
