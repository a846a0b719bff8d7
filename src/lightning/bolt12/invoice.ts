// BOLT 12 invoices, as a server hands them over for an offer: parse, check the signature, hold against the offer.
import { equalBytes } from '../../crypto/bytes.ts';
import type { Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import type { Network } from '../../bitcoin/network.ts';
import { msats } from '../../units.ts';
import type { Msats, Sats } from '../../units.ts';
import { chainNetwork, tlvValue } from './offer.ts';
import type { Offer } from './offer.ts';
import {
  invoiceTlvDigest,
  decodeBolt12Text,
  encodeBolt12Text,
  invalidBolt12,
  readTlvs,
  readTu64,
} from './tlv.ts';

export interface Bolt12Invoice {
  /** `lni1…`, lower case. */
  text: string;
  bytes: Uint8Array;
  /** Undefined for a chain we do not know. */
  network?: Network;
  amount: Msats;
  /** 32 bytes. */
  paymentHash: Uint8Array;
  /** Unix seconds. */
  createdAt: bigint;
  /** Seconds after `createdAt`; 7200 when the invoice does not say. */
  expirySeconds: bigint;
  /** 33-byte key that signed. */
  signingKey: Uint8Array;
  /** 64 bytes BIP 340. */
  signature: Uint8Array;
  digest: Uint8Array;
}

/** Parses invoice bytes and checks the signature. @throws SkiffError INVALID_INVOICE or INVALID_SIGNATURE. */
export function decodeBolt12Invoice(curve: Curve, bytes: Uint8Array): Bolt12Invoice {
  const tlvs = readTlvs(bytes);
  const need = (type: bigint, name: string, length?: number): Uint8Array => {
    const value = tlvValue(tlvs, type);
    if (value === undefined || (length !== undefined && value.length !== length)) throw invalidBolt12(name);
    return value;
  };
  const signingKey = need(176n, 'node id', 33);
  if (!curve.isPoint(signingKey)) throw invalidBolt12('node id');
  need(160n, 'paths');
  const chain = tlvValue(tlvs, 80n);
  const expiry = tlvValue(tlvs, 166n);
  const signature = need(240n, 'signature', 64);
  const digest = invoiceTlvDigest(tlvs);
  if (!curve.schnorrVerify(signature, digest, signingKey.subarray(1))) {
    throw new SkiffError({
      code: 'INVALID_SIGNATURE',
      say: 'The invoice is not signed by the one it names. Ask for a new one.',
    });
  }
  return {
    text: encodeBolt12Text('lni', bytes),
    bytes,
    network: chain === undefined ? 'mainnet' : chainNetwork(chain),
    amount: msats(readTu64(need(170n, 'amount'))),
    paymentHash: need(168n, 'payment hash', 32),
    createdAt: readTu64(need(164n, 'creation time')),
    expirySeconds: expiry === undefined ? 7200n : readTu64(expiry),
    signingKey,
    signature,
    digest,
  };
}

/** As {@link decodeBolt12Invoice}, from the `lni1…` text form. */
export const decodeBolt12InvoiceText = (curve: Curve, text: string): Bolt12Invoice =>
  decodeBolt12Invoice(curve, decodeBolt12Text('lni', text));

/**
 * Was this invoice issued by the offer's owner for exactly the amount asked? To be called before any payment of an
 * invoice that came for an offer. @throws SkiffError SERVER_MISBEHAVED.
 */
export function checkIssuance(invoice: Bolt12Invoice, offer: Offer, requested: Sats): void {
  const keys = offer.issuerKey === undefined ? offer.pathEnds : [offer.issuerKey];
  const isSigner = keys.some((key) => equalBytes(key, invoice.signingKey));
  const reason = !isSigner
    ? 'signed by another key'
    : invoice.amount !== requested * 1000n
      ? 'another amount than asked for'
      : undefined;
  if (reason === undefined) return;
  throw new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The invoice that came back does not belong to this offer. Nothing was paid.',
    details: { reason, requestedSat: requested, invoiceMsat: invoice.amount },
  });
}
