// bolt12-offers.json: offers read, named, written again field by field, refused with LDK's errors; text forms.
import { concat, equalBytes, fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { merkleRoot } from '../../../src/lightning/bolt12/merkle.ts';
import {
  decodeOffer,
  decodeOfferBytes,
  encodeOffer,
  offerChains,
} from '../../../src/lightning/bolt12/offer.ts';
import type { Offer } from '../../../src/lightning/bolt12/offer.ts';
import { requiresUnknownFeature } from '../../../src/lightning/features.ts';
import type { Tlv } from '../../../src/lightning/tlv.ts';
import {
  ascii,
  comparePath,
  compareTlvs,
  ldkKeys,
  ldkOfferMetadata,
  ldkOfferSecret,
  refusesAs,
} from '../bolt12.ts';
import type { PathKeys, TlvList } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Fields {
  quantity: string;
  [name: string]: unknown;
}
interface Valid {
  name: string;
  bech32: string;
  hex: string;
  tlvs: TlvList;
  issuer_secret: string;
  path_keys: PathKeys[];
  merkle_root: string;
  offer_id: string;
  fields: Fields;
}
interface Derived {
  bech32: string;
  hex: string;
  key_material: string;
  nonce: string;
  path_keys: PathKeys | null;
  issuer_secret: string | null;
  iv: string | null;
  paths_excluded_from_hmac: boolean | null;
  offer_id: string;
}
interface Data {
  set: string;
  now: number;
  valid: Valid[];
  invalid: Array<{ name: string; hex: string; bech32: string; ldk_error: string }>;
  strings: Array<{ name: string; string: string; ok: boolean; ldk: string }>;
  ldk_derived: Derived[];
}

const quantity = (max: bigint | undefined): string =>
  max === undefined ? 'one' : max === 0n ? 'unbounded' : String(max);

const view = ({ fields, ...offer }: Offer) => ({
  chains: offerChains(fields),
  metadata: fields.metadata,
  amount_msats: offer.amount,
  currency: offer.currency === undefined ? undefined : [offer.currency, offer.currencyAmount],
  description: offer.description,
  absolute_expiry: offer.expiresAt,
  issuer: offer.issuer,
  paths: fields.paths?.length ?? 0,
  quantity: quantity(fields.quantityMax),
  issuer_id: offer.issuerKey,
  requires_unknown_features: requiresUnknownFeature(offer.features, []),
});

const KNOWN = new Set([2n, 4n, 6n, 8n, 10n, 12n, 14n, 16n, 18n, 20n, 22n]);
const unknownOf = (tlvs: readonly Tlv[]): Tlv[] => tlvs.filter((t) => !KNOWN.has(t.type));

function compareValid(v: Valid, check: Check): void {
  const offer = decodeOffer(curve, v.bech32);
  check(offer.bytes, v.hex, `${v.name} bytes`);
  check(decodeOfferBytes(curve, fromHex(v.hex)).text, v.bech32, `${v.name} text`);
  compareTlvs(offer.tlvs, v.hex, v.tlvs, check, v.name);
  check(encodeOffer(curve, offer.fields, unknownOf(offer.tlvs)).bytes, v.hex, `${v.name} from its fields`);
  check(merkleRoot(offer.tlvs), v.merkle_root, `${v.name} merkle root`);
  check(offer.id, v.offer_id, `${v.name} offer id`);
  check(view(offer), v.fields, v.name);
  const signer = offer.issuerKey ?? offer.pathEnds.at(-1);
  check(curve.publicKey(fromHex(v.issuer_secret)), signer, `${v.name} issuer secret`);
  check(v.path_keys.length, offer.fields.paths?.length ?? 0, `${v.name} paths with keys`);
  for (const [i, path] of (offer.fields.paths ?? []).entries()) {
    const keys = v.path_keys[i] as PathKeys;
    comparePath(path, keys, check, `${v.name} path ${i}`);
  }
}

function compareDerived(v: Derived, check: Check, label: string): void {
  const offer = decodeOffer(curve, v.bech32);
  check(offer.bytes, v.hex, `${label} bytes`);
  check(offer.id, v.offer_id, `${label} offer id`);
  const keys = ldkKeys(fromHex(v.key_material));
  const nonce = fromHex(v.nonce);
  if (v.path_keys === null) {
    const mac = ldkOfferMetadata(keys, nonce, offer.tlvs);
    check(offer.fields.metadata, concat(nonce, mac), `${label} metadata`);
    check(v.issuer_secret, null, `${label} signing key is not derived`);
    check(v.iv, null, `${label} has no IV`);
    check(v.paths_excluded_from_hmac, null, `${label} has no paths`);
    return;
  }
  const [path] = offer.fields.paths ?? [];
  if (path) comparePath(path, v.path_keys, check, `${label} path`);
  const secret = ldkOfferSecret(keys, nonce, offer.tlvs, v.iv as string);
  check(secret, v.issuer_secret, `${label} issuer secret`);
  check(curve.publicKey(secret), offer.issuerKey, `${label} issuer key`);
  const without = offer.tlvs.filter((t) => t.type !== 16n);
  const excluded = equalBytes(ldkOfferSecret(keys, nonce, without, v.iv as string), secret);
  check(excluded, v.paths_excluded_from_hmac, `${label} paths in the MAC`);
  check(ascii(v.iv as string).length, 16, `${label} IV`);
}

export function compare(data: Data, check: Check): void {
  check.informative(data.set, data.now);
  for (const v of data.valid) compareValid(v, check);
  for (const v of data.invalid) {
    refusesAs(() => decodeOfferBytes(curve, fromHex(v.hex)), v.ldk_error, check, `${v.name} bytes`);
    refusesAs(() => decodeOffer(curve, v.bech32), v.ldk_error, check, `${v.name} text`);
  }
  const plain = data.valid.find((v) => v.bech32 === data.strings[0]?.string)?.hex;
  for (const v of data.strings) {
    if (v.ok) {
      check(decodeOffer(curve, v.string).bytes, plain, `${v.name} read`);
      check(v.ldk, 'ok', v.name);
    } else refusesAs(() => decodeOffer(curve, v.string), v.ldk, check, v.name);
  }
  for (const [i, v] of data.ldk_derived.entries()) compareDerived(v, check, `derived ${i}`);
}
