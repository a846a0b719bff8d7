// What the comparers of the BOLT 12 files share: blinded paths made again from their secrets, refusals with LDK's name,
// and LDK's own key derivations, by which its offers and requests are signed again.
import { chacha20 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, fromHex } from '../../src/crypto/bytes.ts';
import type { Bytes } from '../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { SkiffError } from '../../src/errors.ts';
import { buildBlindedPath, unwrapHop } from '../../src/lightning/blinded/hops.ts';
import type { BlindedPath } from '../../src/lightning/blinded/path.ts';
import { onePath, writeBlindedPath } from '../../src/lightning/blinded/path.ts';
import { hmacSha256 } from '../../src/crypto/hash.ts';
import type { Tlv } from '../../src/lightning/tlv.ts';
import { readTlvs, tlv, writeTlvs } from '../../src/lightning/tlv.ts';
import { readAll } from '../../src/lightning/wire.ts';
import type { Check } from './check.ts';

export type TlvList = Array<[number | string, string]>;

export const ZERO_AUX = new Uint8Array(32);

export const ascii = (text: string): Bytes => new TextEncoder().encode(text);

/** Records as the files list them. */
export const tlvList = (tlvs: readonly Tlv[]): Array<[bigint, Bytes]> => tlvs.map((t) => [t.type, t.value]);

/** Records read are the file's, and the file's written are the bytes. */
export function compareTlvs(
  tlvs: readonly Tlv[],
  bytes: string,
  listed: TlvList,
  check: Check,
  label: string,
): void {
  check(tlvList(tlvs), listed, `${label} records`);
  const made = writeTlvs(listed.map(([type, value]) => tlv(BigInt(type), fromHex(value))));
  check(made, bytes, `${label} records written`);
}

/** `fn` must refuse, and name LDK's error. */
export function refusesAs(fn: () => unknown, ldk: string, check: Check, label: string): void {
  let named = 'accepted';
  try {
    fn();
  } catch (e) {
    named = e instanceof SkiffError ? (e.details.ldk ?? e.code) : String(e);
  }
  check(named, ldk, label);
}

export interface PathKeys {
  session_priv: string;
  node_secrets: string[];
}

/** Opens every hop with the nodes' secrets and builds the path again from the session key. */
export function comparePath(
  path: BlindedPath,
  keys: PathKeys,
  check: Check,
  label: string,
  authKey?: Bytes,
): void {
  let pathKey = path.pathKey;
  check(path.hops.length, keys.node_secrets.length, `${label} hops`);
  const plan = keys.node_secrets.map((secret, i) => {
    const hop = unwrapHop(curve, fromHex(secret), pathKey, (path.hops[i] as { data: Bytes }).data, authKey);
    pathKey = hop.nextPathKey;
    return {
      nodeId: curve.publicKey(fromHex(secret)),
      plaintext: hop.plaintext,
      authKey: hop.own ? authKey : undefined,
    };
  });
  const built = buildBlindedPath(curve, fromHex(keys.session_priv), plan, path.introduction);
  check(writeBlindedPath(built.path), writeBlindedPath(path), `${label} built`);
  check(onePath.read(writeBlindedPath(path), curve), path, `${label} read`);
}

export interface LdkKeys {
  metadata: Bytes;
  offersBase: Bytes;
  offersEncryption: Bytes;
  spontaneous: Bytes;
}

/** LDK's ExpandedKey: HKDF-SHA256 with its salt, one 32-byte key after the other. */
export function ldkKeys(material: Bytes): LdkKeys {
  const all = hkdf(sha256, material, ascii('LDK Inbound Payment Key Expansion'), undefined, 192);
  const key = (i: number) => all.slice(32 * i, 32 * i + 32);
  return {
    metadata: key(0),
    offersBase: key(3),
    offersEncryption: key(4),
    spontaneous: key(5),
  };
}

/** LDK's ChaCha20 with a 16-byte nonce: block counter (little-endian) and nonce. */
export const ldkCrypt = (key: Bytes, nonce: Bytes, data: Bytes): Bytes =>
  chacha20(
    key,
    nonce.slice(4),
    data,
    undefined,
    new DataView(nonce.buffer, nonce.byteOffset).getUint32(0, true),
  );

const DERIVES_KEYS = new Uint8Array(16).fill(2);
const WITHOUT_PAYMENT_ID = new Uint8Array(16).fill(3);
const WITH_PAYMENT_ID = new Uint8Array(16).fill(4);

/** Secret that signs invoices for an offer of LDK's whose paths carry the nonce. */
export const ldkOfferSecret = (keys: LdkKeys, nonce: Bytes, tlvs: readonly Tlv[], iv: string): Bytes =>
  hmacSha256(
    keys.offersBase,
    concat(
      ascii(iv),
      nonce,
      ...tlvs.filter((t) => t.type !== 4n && t.type !== 22n).map((t) => t.record),
      DERIVES_KEYS,
      WITHOUT_PAYMENT_ID,
    ),
  );

/** Secret that signs a request of LDK's. `tlvs`: the request's; metadata, payer id and signature are not in it. */
export const ldkPayerSecret = (
  keys: LdkKeys,
  nonce: Bytes,
  encryptedId: Bytes,
  tlvs: readonly Tlv[],
): Bytes =>
  hmacSha256(
    keys.offersBase,
    concat(
      ascii('LDK Invreq ~~~~~'),
      nonce,
      ...tlvs.filter((t) => ![0n, 88n, 240n].includes(t.type)).map((t) => t.record),
      DERIVES_KEYS,
      WITH_PAYMENT_ID,
      encryptedId,
    ),
  );

/** HMAC that LDK writes into the metadata of an offer without paths. */
export const ldkOfferMetadata = (keys: LdkKeys, nonce: Bytes, tlvs: readonly Tlv[]): Bytes =>
  hmacSha256(
    keys.offersBase,
    concat(
      ascii('LDK Offer ~~~~~~'),
      nonce,
      ...tlvs.filter((t) => t.type !== 4n).map((t) => t.record),
      new Uint8Array(16).fill(1),
      WITHOUT_PAYMENT_ID,
    ),
  );

/** LDK's message context: two enums, one in the other, and the fields of the inner one. */
export function readLdkContext(bytes: Bytes): { kind: number; variant: number; tlvs: Tlv[] } {
  return readAll(bytes, (outer) => {
    const kind = outer.int(1);
    return readAll(outer.take(Number(outer.bigSize())), (inner) => {
      const variant = inner.int(1);
      return { kind, variant, tlvs: readTlvs(inner.take(Number(inner.bigSize()))) };
    });
  });
}
