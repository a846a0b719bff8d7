// BOLT 12 offers: reading with every check of the BOLT's reader and LDK's, and writing.
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import type { Network } from '../../bitcoin/network.ts';
import { msats, msatsToSatsUp } from '../../units.ts';
import type { Msats, Sats } from '../../units.ts';
import { writeFields, writeTlvs } from '../tlv.ts';
import type { Tlv } from '../tlv.ts';
import { expect, invalidBolt12, semanticError } from './errors.ts';
import { offerId } from './merkle.ts';
import { OFFER_SCHEMA, readMessage } from './schema.ts';
import type { OfferFields } from './schema.ts';
import { decodeBolt12Text, encodeBolt12Text } from './text.ts';

export interface Offer {
  text: string;
  bytes: Bytes;
  /** 32 bytes; the same in everything that is made from this offer. */
  id: Bytes;
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
  issuerKey?: Bytes;
  /** Blinded node id of the last hop of each path. */
  pathEnds: Bytes[];
  /** Feature bits, big-endian. Unknown required ones do not stop reading, but paying. */
  features: Bytes;
  /** Everything as it was written. */
  fields: Partial<OfferFields>;
  tlvs: Tlv[];
}

/** All bitcoin there can be, in millisatoshi. */
export const MAX_MONEY_MSAT = 2_100_000_000_000_000_000n;

/** Genesis block hashes, internal byte order, as chain_hash on the wire. */
const CHAINS: Readonly<Record<Network, string>> = {
  mainnet: '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000',
  testnet: '43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000',
  signet: 'f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000',
  regtest: '06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f',
};

/** The 32-byte chain hash of a network. */
export const chainHash = (network: Network): Bytes => fromHex(CHAINS[network]);

/** Network of a 32-byte chain hash, or undefined. No chain at all means mainnet. */
export const chainNetwork = (chain: Bytes | undefined): Network | undefined =>
  chain === undefined
    ? 'mainnet'
    : (Object.keys(CHAINS) as Network[]).find((network) => CHAINS[network] === toHex(chain));

/** Chains of the offer as hex: what it lists, or mainnet. */
export const offerChains = (fields: Partial<OfferFields>): string[] =>
  fields.chains?.map(toHex) ?? [CHAINS.mainnet];

/** Blinded node ids that the paths end with. */
const pathEnds = (fields: Partial<OfferFields>): Bytes[] =>
  (fields.paths ?? []).flatMap((path) => path.hops.slice(-1).map((hop) => hop.nodeId));

/** Keys that may sign invoices for the offer. */
export const offerSigners = (fields: Partial<OfferFields>): Bytes[] =>
  fields.issuerId === undefined ? pathEnds(fields) : [fields.issuerId];

/** What the fields of an offer must keep to. @throws SkiffError INVALID_INVOICE with LDK's name. */
export function checkOfferFields(fields: Partial<OfferFields>): void {
  const { amount, currency } = fields;
  if (currency === undefined) {
    expect(amount === undefined || (amount > 0n && amount <= MAX_MONEY_MSAT), 'InvalidAmount');
  } else {
    expect(amount !== undefined, 'MissingAmount');
    expect(amount > 0n, 'InvalidAmount');
    expect(/^[A-Z]{3}$/.test(currency), 'InvalidCurrencyCode');
  }
  expect(amount === undefined || fields.description !== undefined, 'MissingDescription');
  if (fields.issuerId !== undefined) return;
  if (fields.paths === undefined) throw semanticError('MissingIssuerSigningPubkey');
  expect(fields.paths.length > 0, 'MissingPaths');
}

/** Parses offer bytes and checks the reader's rules. @throws SkiffError INVALID_INVOICE. */
export function decodeOfferBytes(curve: Curve, bytes: Bytes): Offer {
  const { offer: fields, tlvs } = readMessage('offer', bytes, curve);
  checkOfferFields(fields);
  const { amount, currency } = fields;
  return {
    text: encodeBolt12Text('lno', bytes),
    bytes,
    id: offerId(tlvs),
    networks: (fields.chains ?? [undefined]).flatMap((chain) => chainNetwork(chain) ?? []),
    amount: currency === undefined && amount !== undefined ? msats(amount) : undefined,
    currency,
    currencyAmount: currency === undefined ? undefined : amount,
    description: fields.description,
    issuer: fields.issuer,
    expiresAt: fields.absoluteExpiry,
    issuerKey: fields.issuerId,
    pathEnds: pathEnds(fields),
    features: fields.features ?? new Uint8Array(),
    fields,
    tlvs,
  };
}

/** Parses an `lno1…` text and checks the reader's rules. @throws SkiffError INVALID_INVOICE. */
export const decodeOffer = (curve: Curve, text: string): Offer =>
  decodeOfferBytes(curve, decodeBolt12Text('lno', text));

/** Writes an offer; `unknown` are odd records to add. @throws SkiffError INVALID_INVOICE for fields against the rules. */
export function encodeOffer(curve: Curve, fields: Partial<OfferFields>, unknown: readonly Tlv[] = []): Offer {
  return decodeOfferBytes(curve, writeTlvs([...writeFields(OFFER_SCHEMA, fields), ...unknown]));
}

/**
 * Millisatoshi that the offer asks for at least for `quantity` items, 0 when it leaves that to the payer.
 * @throws SkiffError INVALID_INVOICE: UnsupportedCurrency, InvalidAmount.
 */
export function offerPrice({ amount, currency }: Partial<OfferFields>, quantity: bigint | undefined): bigint {
  expect(currency === undefined, 'UnsupportedCurrency');
  const price = (amount ?? 0n) * (quantity ?? 1n);
  if (price > 0xffff_ffff_ffff_ffffn) throw invalidBolt12('InvalidSemantics(InvalidAmount)');
  return price;
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
