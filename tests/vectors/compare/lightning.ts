// lightning.json: payment hashes, BOLT 11 and BOLT 12 invoices as the Ark server and wallet handle them, rounding.
import { fromHex } from '../../../src/crypto/bytes.ts';
import { ripemd160, sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../../src/lightning/bolt11.ts';
import { paymentAmount } from '../../../src/lightning/bolt11-check.ts';
import {
  checkIssuance,
  decodeBolt12Invoice,
  decodeBolt12InvoiceText,
} from '../../../src/lightning/bolt12/invoice.ts';
import { decodeOffer, offerRequestAmount } from '../../../src/lightning/bolt12/offer.ts';
import { preimageFromWitness } from '../../../src/lightning/preimage.ts';
import { msats, msatsToSatsUp, sats } from '../../../src/units.ts';
import type { Msats, Sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';

interface Bolt12Case {
  offer: string;
  issuer_key: { secret: string; public: string } | null;
  offer_amount_msat: number | null;
  offer_request_amount_no_user: number | null;
  offer_request_amount_user_7: number;
  offer_amount_sat: number | null;
  invoice_text: string;
  invoice_bytes: string;
  amount_msat: number;
  payment_hash: string;
  preimage: string;
  signing_pubkey: string;
  signable_hash: string;
  signature: string;
  signature_ok: boolean;
  network: string;
  validate_issuance: Array<{ offer: string; requested_sat: number; ok: boolean }>;
}
interface Data {
  preimages: Array<{ preimage: string; payment_hash: string; script_hash160: string }>;
  invoices: Array<{
    invoice: string;
    amount_msat: number | null;
    preimage: string;
    payment_hash: string;
    payee: string;
    network: string;
    min_final_cltv_expiry_delta: number;
    signature_ok: boolean;
    amounts: Array<{ user_amount: number | null; payment_amount: number | null; error: string | null }>;
  }>;
  bolt12: Bolt12Case[];
  unparseable: Array<{ string: string; ok: boolean }>;
  msat_rounding: Array<{ msat: number; ceil_sat: number; floor_sat: number }>;
  extract_preimage: { payment_hash: string; cases: Array<{ witness: string[]; preimage: string | null }> };
}

const networkName = (network: string | undefined): string | undefined =>
  network === 'mainnet' ? 'bitcoin' : network;

function orNull<T>(fn: () => T): T | null {
  try {
    return fn();
  } catch {
    return null;
  }
}

function compareAmounts(
  amount: Msats | undefined,
  cases: Data['invoices'][number]['amounts'],
  check: Check,
  label: string,
): void {
  for (const c of cases) {
    const user = c.user_amount === null ? undefined : sats(c.user_amount);
    const made = orNull<Sats>(() => paymentAmount(amount, user));
    check(made, c.payment_amount, `${label} with ${c.user_amount} sat`);
    check(made === null, c.error !== null, `${label} with ${c.user_amount} sat refused`);
  }
}

function compareBolt12(v: Bolt12Case, check: Check, label: string): void {
  const offer = decodeOffer(curve, v.offer);
  if (v.issuer_key === null) check(offer.issuerKey, null, `${label} issuer`);
  else {
    check(offer.issuerKey, v.issuer_key.public, `${label} issuer`);
    check(curve.publicKey(fromHex(v.issuer_key.secret)), v.issuer_key.public, `${label} issuer secret`);
  }
  check(offer.amount, v.offer_amount_msat, `${label} offer amount`);
  check(offer.amount && msatsToSatsUp(offer.amount), v.offer_amount_sat, `${label} offer sat`);
  check(
    orNull(() => offerRequestAmount(offer)),
    v.offer_request_amount_no_user,
    `${label} request amount`,
  );
  check(offerRequestAmount(offer, sats(7)), v.offer_request_amount_user_7, `${label} request amount 7`);
  const invoice = decodeBolt12Invoice(curve, fromHex(v.invoice_bytes));
  check(invoice.text, v.invoice_text, `${label} text`);
  check(decodeBolt12InvoiceText(curve, v.invoice_text).bytes, v.invoice_bytes, `${label} bytes`);
  check(invoice.amount, v.amount_msat, `${label} amount`);
  check(invoice.paymentHash, v.payment_hash, `${label} payment hash`);
  check(sha256(fromHex(v.preimage)), v.payment_hash, `${label} preimage`);
  check(invoice.signingKey, v.signing_pubkey, `${label} signer`);
  check(invoice.digest, v.signable_hash, `${label} digest`);
  check(invoice.signature, v.signature, `${label} signature`);
  check(
    curve.schnorrVerify(invoice.signature, invoice.digest, invoice.signingKey.slice(1)),
    v.signature_ok,
    `${label} signature ok`,
  );
  check(networkName(invoice.network), v.network, `${label} network`);
  for (const c of v.validate_issuance) {
    const against = c.offer === 'own' ? offer : decodeOffer(curve, c.offer);
    const ok = orNull(() => (checkIssuance(invoice, against, sats(c.requested_sat)), true)) ?? false;
    check(ok, c.ok, `${label} issuance ${c.requested_sat}`);
  }
}

export function compare(data: Data, check: Check): void {
  for (const v of data.preimages) {
    const hash = sha256(fromHex(v.preimage));
    check(hash, v.payment_hash, 'payment hash');
    check(ripemd160(hash), v.script_hash160, 'hash160 in scripts');
  }
  for (const [i, v] of data.invoices.entries()) {
    const invoice = decodeBolt11(curve, v.invoice);
    const label = `invoice ${i}`;
    check(invoice.amount, v.amount_msat, `${label} amount`);
    check(sha256(fromHex(v.preimage)), v.payment_hash, `${label} preimage`);
    check(invoice.paymentHash, v.payment_hash, `${label} payment hash`);
    check(invoice.payee, v.payee, `${label} payee`);
    check(networkName(invoice.network), v.network, `${label} network`);
    check(invoice.minFinalCltv, v.min_final_cltv_expiry_delta, `${label} cltv`);
    check(true, v.signature_ok, `${label} signature`);
    compareAmounts(invoice.amount, v.amounts, check, label);
  }
  for (const [i, v] of data.bolt12.entries()) compareBolt12(v, check, `bolt12 ${i}`);
  for (const v of data.unparseable) {
    check(v.ok, false, 'unparseable');
    check.refuses(() => decodeBolt11(curve, v.string), `"${v.string}" as BOLT 11`);
    check.refuses(() => decodeBolt12InvoiceText(curve, v.string), `"${v.string}" as BOLT 12`);
  }
  for (const v of data.msat_rounding) {
    check(msatsToSatsUp(msats(v.msat)), v.ceil_sat, `${v.msat} msat up`);
    check(msats(v.msat) / 1000n, v.floor_sat, `${v.msat} msat down`);
  }
  const { payment_hash, cases } = data.extract_preimage;
  for (const [i, c] of cases.entries()) {
    check(preimageFromWitness(c.witness.map(fromHex), fromHex(payment_hash)), c.preimage, `witness ${i}`);
  }
}
