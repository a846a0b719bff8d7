// BOLT 12 offers, read-only: enough to name one, to show what it asks for and to hold an invoice against it.
import { toHex } from '../../crypto/bytes.ts';
import type { Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import type { Network } from '../../bitcoin/network.ts';
import { msats, msatsToSatsUp } from '../../units.ts';
import type { Msats, Sats } from '../../units.ts';
import { decodeBolt12Text, invalidBolt12, readTlvs, readTu64 } from './tlv.ts';
import type { Tlv } from './tlv.ts';

export interface Offer {
  text: string;
  bytes: Uint8Array;
  /** Networks it may be paid on; an unknown chain is left out, so the list may be empty. */
  networks: Network[];
  amount?: Msats;
  /** ISO 4217 code: `currencyAmount` is in its minor unit and `amount` is absent. */
  currency?: string;
  currencyAmount?: bigint;
  description?: string;
  issuer?: string;
  /** Unix seconds after which it is dead. */
  expiresAt?: bigint;
  /** 33-byte key that signs invoices; absent when blinded paths stand for it. */
  issuerKey?: Uint8Array;
  /** Blinded node id of the last hop of each path. */
  pathEnds: Uint8Array[];
}

/** Genesis block hashes, internal byte order, as chain_hash on the wire. */
const CHAINS: ReadonlyArray<[Network, string]> = [
  ['mainnet', '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000'],
  ['testnet', '43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000'],
  ['signet', 'f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000'],
  ['regtest', '06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f'],
];

/** Network of a 32-byte chain hash, or undefined. */
export const chainNetwork = (chain: Uint8Array): Network | undefined =>
  CHAINS.find(([, h]) => h === toHex(chain))?.[0];

/** Value of record `type`, if there. */
export const tlvValue = (tlvs: readonly Tlv[], type: bigint): Uint8Array | undefined =>
  tlvs.find((t) => t.type === type)?.value;

function readUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidBolt12('text is not UTF-8');
  }
}

/** Blinded node ids of the last hops of a sequence of blinded paths. @throws SkiffError INVALID_INVOICE. */
function readPathEnds(bytes: Uint8Array): Uint8Array[] {
  const ends: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const introduction = (bytes[at] ?? 0) < 2 ? 9 : 33;
    at += introduction + 33;
    const hops = bytes[at++] ?? 0;
    if (hops === 0) throw invalidBolt12('path without hops');
    let end = new Uint8Array();
    for (let i = 0; i < hops; i++) {
      end = bytes.slice(at, at + 33);
      at += 35 + (((bytes[at + 33] ?? 0) << 8) | (bytes[at + 34] ?? 0));
    }
    if (at > bytes.length) throw invalidBolt12('path cut off');
    ends.push(end);
  }
  return ends;
}

function readChains(bytes: Uint8Array | undefined): Network[] {
  if (bytes === undefined) return ['mainnet'];
  if (bytes.length === 0 || bytes.length % 32 !== 0) throw invalidBolt12('chains');
  const networks: Network[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const network = chainNetwork(bytes.subarray(at, at + 32));
    if (network !== undefined) networks.push(network);
  }
  return networks;
}

const KNOWN_EVEN = new Set([2n, 4n, 6n, 8n, 10n, 12n, 14n, 16n, 18n, 20n, 22n]);
const inOfferRange = (type: bigint): boolean =>
  (type >= 1n && type <= 79n) || (type >= 1_000_000_000n && type <= 1_999_999_999n);

/** Parses an `lno1…` text and checks BOLT 12's reader rules. @throws SkiffError INVALID_INVOICE. */
export function decodeOffer(curve: Curve, text: string): Offer {
  const bytes = decodeBolt12Text('lno', text);
  const tlvs = readTlvs(bytes);
  const foreign = tlvs.find((t) => !inOfferRange(t.type) || (t.type % 2n === 0n && !KNOWN_EVEN.has(t.type)));
  if (foreign) throw invalidBolt12(`record ${foreign.type}`);
  const get = (type: bigint): Uint8Array | undefined => tlvValue(tlvs, type);
  const [currency, amount, description, expiry, paths, issuer, issuerKey, features] = [
    get(6n), get(8n), get(10n), get(14n), get(16n), get(18n), get(22n), get(12n),
  ]; // prettier-ignore
  const number = amount && readTu64(amount);
  if (currency !== undefined && (number === undefined || !/^[A-Z]{3}$/.test(readUtf8(currency)))) {
    throw invalidBolt12('currency');
  }
  if (number !== undefined && description === undefined) throw invalidBolt12('amount without description');
  if (number === 0n) throw invalidBolt12('amount is zero');
  if (issuerKey !== undefined && !curve.isPoint(issuerKey)) throw invalidBolt12('issuer key');
  if (issuerKey === undefined && paths === undefined) throw invalidBolt12('nobody to ask for an invoice');
  if (features?.some((byte) => (byte & 0x55) !== 0)) throw invalidBolt12('unknown required feature');
  const pathEnds = paths === undefined ? [] : readPathEnds(paths);
  if (paths !== undefined && pathEnds.length === 0) throw invalidBolt12('no paths');
  return {
    text: text.replace(/\+\s*/g, '').toLowerCase(),
    bytes,
    networks: readChains(get(2n)),
    amount: currency === undefined && number !== undefined ? msats(number) : undefined,
    currency: currency && readUtf8(currency),
    currencyAmount: currency && number,
    description: description && readUtf8(description),
    issuer: issuer && readUtf8(issuer),
    expiresAt: expiry && readTu64(expiry),
    issuerKey,
    pathEnds,
  };
}

/**
 * Satoshi to ask an invoice for: the user's amount, else the offer's own, rounded UP.
 * @throws SkiffError AMOUNT_REQUIRED when neither names one in bitcoin.
 */
export function offerRequestAmount(offer: Offer, userAmount?: Sats): Sats {
  if (userAmount !== undefined) return userAmount;
  if (offer.amount !== undefined) return msatsToSatsUp(offer.amount);
  throw new SkiffError({
    code: 'AMOUNT_REQUIRED',
    say:
      offer.currency === undefined
        ? 'This offer does not say how much: enter an amount.'
        : `This offer names its price in ${offer.currency}: enter an amount in sats.`,
  });
}
