// HTLC onions of the bolt12-onion-messages files: made from the payer's randomness, peeled by the Ark server's node,
// forwarded, and peeled by the recipient.
import { concat, fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { Bytes } from '../../src/crypto/curve.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { feeFor } from '../../src/lightning/blinded/payinfo.ts';
import { writeRecipientData } from '../../src/lightning/blinded/recipient-data.ts';
import { decodeBolt12Invoice } from '../../src/lightning/bolt12/invoice.ts';
import type { PaymentPath } from '../../src/lightning/bolt12/invoice.ts';
import { decodeStaticInvoice } from '../../src/lightning/bolt12/static-invoice.ts';
import { hmacSha256 } from '../../src/crypto/hash.ts';
import { makePaymentOnion, peelPaymentOnion } from '../../src/lightning/onion/payment.ts';
import { readTlvs } from '../../src/lightning/tlv.ts';
import { ldkCrypt, ldkKeys, tlvList } from './bolt12.ts';
import type { Check } from './check.ts';
import { nodeOf, tag } from './onion-scenario.ts';
import type { HtlcData, Nodes, Scenario } from './onion-scenario.ts';

/** The path of the invoice whose introduction node is the Ark server's. */
function pathVia(paths: readonly PaymentPath[], id: string): PaymentPath {
  const found = paths.find(
    ({ path }) => 'nodeId' in path.introduction && toHex(path.introduction.nodeId) === id,
  );
  if (found === undefined) throw new Error('no path over the Ark server');
  return found;
}

export function compareHtlc(h: HtlcData, s: Scenario, nodes: Nodes, check: Check, label: string): void {
  const keysend = h.kind === 'static invoice keysend';
  check(h.kind, keysend ? h.kind : 'fresh invoice', `${label} kind`);
  check(h.from, 'payer', `${label} from`);
  const ark = nodeOf(nodes, 'ark');
  const paths = keysend
    ? decodeStaticInvoice(curve, fromHex(s.static_invoice)).paths
    : decodeBolt12Invoice(curve, fromHex(s.fresh_invoice)).paths;
  const { path, payInfo } = pathVia(paths, ark.id);
  const part = BigInt(h.part_msat);
  const { to_ark: arrives, at_ark: seen, at_recipient: end } = h;
  check(part + feeFor(part, payInfo), arrives.amount_msat, `${label} amount with fee`);
  check(h.block_height + 1 + payInfo.cltvExpiryDelta, arrives.cltv_expiry, `${label} expiry`);
  const paymentHash = fromHex(h.payment_hash);
  const ldk = end.ldk;
  const made = makePaymentOnion(curve, {
    sessionKey: fromHex(h.session_priv),
    seed: fromHex(h.prng_seed),
    paymentHash,
    introductionKey: fromHex(ark.id),
    path,
    final: {
      amount: part,
      cltvExpiry: BigInt(h.block_height + 1),
      totalAmount: BigInt(h.total_msat),
      keysendPreimage: ldk.preimage === undefined ? undefined : fromHex(ldk.preimage),
      invoiceRequest: ldk.invoice_request === undefined ? undefined : fromHex(ldk.invoice_request),
    },
  });
  check(made.onion, arrives.onion, `${label} onion made`);
  check(made.sharedSecrets[0], seen.onion_shared_secret, `${label} first secret`);
  check(made.sharedSecrets[1], end.onion_shared_secret, `${label} second secret`);

  const amount = BigInt(arrives.amount_msat);
  const at = peelPaymentOnion(curve, ark, {
    onion: fromHex(arrives.onion),
    paymentHash,
    amount,
    cltvExpiry: arrives.cltv_expiry,
  });
  if (at.kind !== 'forward') throw new Error(`${label}: ends at the Ark server`);
  check(concat(...at.records.map((t) => t.record)), seen.payload, `${label} payload`);
  check(tlvList(at.records), seen.payload_tlvs, `${label} payload records`);
  const data = writeRecipientData(at.data, at.notes);
  check(tlvList(readTlvs(data)), seen.recipient_data_tlvs, `${label} recipient data`);
  check(at.shortChannelId, seen.virtual_scid, `${label} virtual channel`);
  check(at.sharedSecret, seen.onion_shared_secret, `${label} shared secret`);
  check(at.amount, seen.forward_msat, `${label} forwards`);
  check(at.cltvExpiry, seen.outgoing_cltv_value, `${label} outgoing expiry`);
  check(at.pathKey, seen.next_path_key, `${label} next path key`);
  check(at.onion, seen.next_onion, `${label} next onion`);

  const recipient = nodeOf(nodes, 'recipient');
  const received = peelPaymentOnion(curve, recipient, {
    onion: at.onion,
    paymentHash,
    amount: at.amount,
    cltvExpiry: at.cltvExpiry,
    pathKey: at.pathKey,
  });
  check(received.kind, 'receive', `${label} ends at the recipient`);
  check(tlvList(received.records), end.payload_tlvs, `${label} final payload`);
  const finalData = readTlvs(writeRecipientData(received.data, received.notes));
  check(tlvList(finalData), end.recipient_data_tlvs, `${label} final recipient data`);
  check(tag(received.own), end.recipient_data_tag, `${label} final tag`);
  check(received.sharedSecret, end.onion_shared_secret, `${label} final secret`);
  const preimage = received.payload.keysendPreimage;
  check(preimage === undefined ? 'receive' : 'keysend', ldk.kind, `${label} final kind`);
  if (preimage) check(sha256(preimage), h.payment_hash, `${label} preimage`);
  check(received.payload.totalAmount, ldk.total_msat, `${label} total`);
  check(received.payload.totalAmount, s.amount_msats, `${label} total of the request`);
  const secret = received.notes.find((t) => t.type === 65536n)?.value as Bytes;
  check(secret, ldk.payment_secret, `${label} payment secret`);
  if (keysend) checkSpontaneousSecret(secret, recipient.material, check, label);
  else check(secret, s.fresh_invoice_payment_secret, `${label} secret of the fresh invoice`);
}

/** LDK's payment secret for keysends: IV, and what the payment may be, encrypted; the IV is a MAC over that. */
function checkSpontaneousSecret(secret: Bytes, material: Bytes, check: Check, label: string): void {
  const keys = ldkKeys(material);
  const iv = secret.slice(0, 16);
  const metadata = ldkCrypt(keys.metadata, iv, secret.slice(16));
  check(hmacSha256(keys.spontaneous, metadata).slice(0, 16), iv, `${label} IV of the payment secret`);
}
