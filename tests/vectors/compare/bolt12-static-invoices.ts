// bolt12-static-invoices.json: static invoices read, made again from the offer and their fields, refused with LDK's errors.
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { allowsParts, isFromSameOffer } from '../../../src/lightning/bolt12/invoice-check.ts';
import { merkleRoot } from '../../../src/lightning/bolt12/merkle.ts';
import { decodeOffer } from '../../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice, makeStaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import type { StaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import { compareTlvs, refusesAs, ZERO_AUX } from '../bolt12.ts';
import type { TlvList } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Data {
  set: string;
  now: number;
  valid: Array<{
    name: string;
    offer: string;
    hex: string;
    signing_secret: string;
    tlvs: TlvList;
    merkle_root: string;
    offer_id: string;
    fields: Record<string, unknown>;
  }>;
  invalid: Array<{ name: string; hex: string; ldk_error: string }>;
}

const view = (invoice: StaticInvoice) => ({
  created_at: invoice.createdAt,
  relative_expiry: invoice.expirySeconds,
  signing_pubkey: invoice.signingKey,
  payment_paths: invoice.paths.length,
  held_htlc_available_paths: invoice.messagePaths.length,
  offer_message_paths: invoice.offer.paths?.length,
  basic_mpp: allowsParts(invoice),
});

export function compare(data: Data, check: Check): void {
  check.informative(data.set, data.now);
  for (const v of data.valid) {
    const invoice = decodeStaticInvoice(curve, fromHex(v.hex));
    const offer = decodeOffer(curve, v.offer);
    compareTlvs(invoice.tlvs, v.hex, v.tlvs, check, v.name);
    check(merkleRoot(invoice.tlvs), v.merkle_root, `${v.name} merkle root`);
    check(invoice.offerId, v.offer_id, `${v.name} offer id`);
    check(offer.id, v.offer_id, `${v.name} id of the offer itself`);
    check(view(invoice), v.fields, v.name);
    check(isFromSameOffer(invoice, offer), true, `${v.name} of the same offer`);
    const { nodeId: _made, ...fields } = invoice.fields;
    const unknown = invoice.tlvs.filter(
      (t) => t.type > 160n && t.type % 2n === 1n && !offer.tlvs.some((o) => o.type === t.type),
    );
    const plan = { fields, unknown, signingSecret: fromHex(v.signing_secret), aux: ZERO_AUX };
    check(makeStaticInvoice(curve, offer, plan).bytes, v.hex, `${v.name} made from offer and fields`);
  }
  for (const v of data.invalid)
    refusesAs(() => decodeStaticInvoice(curve, fromHex(v.hex)), v.ldk_error, check, v.name);
}
