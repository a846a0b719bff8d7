// Ark addresses (ark-lib address.rs): bech32m over a version symbol and a payload of ark id ‖ policy ‖ deliveries.
// The version symbol stands outside of the byte regrouping. Decoding checks structure; whether an address can be paid
// (network, server, policy, delivery) is for the wallet to say.
import { bech32m } from '@scure/base';

import { concat, equalBytes } from '../crypto/bytes.ts';
import type { Bytes } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { decodeAll, encodeWith, type PointChecks, type Reader } from './encode.ts';
import { decodeUserPolicy, encodePolicy, type UserPolicy } from './policy.ts';

const MAINNET_HRP = 'ark';
const TESTNET_HRP = 'tark';
const VERSION_ARKADE = 0;
const VERSION_POLICY = 1;
/** Longest text that the checksum covers. */
const MAX_LENGTH = 1023;
const SERVER_MAILBOX = 1;

/** How the receiver hears of a payment. Types we do not know are kept and written back as they came. */
export type Delivery =
  | { readonly type: 'server-mailbox'; readonly blindedId: Bytes }
  | { readonly type: 'unknown'; readonly tag: number; readonly data: Bytes };

export interface ArkAddress {
  /** Any network but mainnet. */
  readonly testnet: boolean;
  /** First 4 bytes of SHA-256(server key). */
  readonly arkId: Bytes;
  readonly policy: UserPolicy;
  readonly delivery: readonly Delivery[];
}

const refuse = (reason: string, say = 'This is not a valid Ark address.', cause?: unknown): SkiffError =>
  new SkiffError({ code: 'INVALID_ADDRESS', say, details: { reason }, cause });

/** First 4 bytes of SHA-256 of the server's 33-byte key: which server an address belongs to. */
export const arkId = (serverPubkey: Bytes): Bytes => sha256(serverPubkey).slice(0, 4);

/** Does the address belong to the server with this key? */
export const isForServer = (address: ArkAddress, serverPubkey: Bytes): boolean =>
  equalBytes(address.arkId, arkId(serverPubkey));

function readDelivery(r: Reader): Delivery {
  const bytes = r.bytes(r.count(r.remaining, 'delivery'), 'delivery');
  const tag = bytes[0];
  if (tag === undefined) throw refuse('empty delivery');
  const data = bytes.slice(1);
  if (tag !== SERVER_MAILBOX) return { type: 'unknown', tag, data };
  if (data.length !== 33) throw refuse('blinded mailbox id of a wrong length');
  return { type: 'server-mailbox', blindedId: data };
}

/** The payload after the version symbol. @throws SkiffError INVALID_ADDRESS, INVALID_ENCODING */
export const decodeAddressPayload = (
  curve: PointChecks,
  payload: Bytes,
): Pick<ArkAddress, 'arkId' | 'policy' | 'delivery'> =>
  decodeAll(curve, payload, (r) => {
    const id = r.bytes(4, 'ark id');
    const policy = decodeUserPolicy(curve, r.bytes(r.count(r.remaining, 'policy'), 'policy'));
    const delivery: Delivery[] = [];
    while (r.remaining > 0) delivery.push(readDelivery(r));
    return { arkId: id, policy, delivery };
  });

/** Eight-bit groups of the symbols after the version; leftover bits (fewer than 8) are not looked at, as ark-lib does. */
function regroup(symbols: readonly number[]): Bytes {
  const out = new Uint8Array(Math.floor((symbols.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const symbol of symbols) {
    held = ((held << 5) | symbol) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 0xff;
    }
  }
  return out;
}

/** Reads an address. @throws SkiffError INVALID_CHECKSUM, WRONG_SERVER (an Arkade address), INVALID_ADDRESS */
export function decodeAddress(curve: PointChecks, text: string): ArkAddress {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) throw refuse('mixed case');
  let decoded: { prefix: string; words: number[] };
  try {
    decoded = bech32m.decode(text as `${string}1${string}`, MAX_LENGTH);
  } catch (cause) {
    throw new SkiffError({
      code: 'INVALID_CHECKSUM',
      say: 'This Ark address has a typing error.',
      cause,
    });
  }
  const { prefix, words } = decoded;
  if (prefix !== MAINNET_HRP && prefix !== TESTNET_HRP) throw refuse('not an Ark address');
  const [version, ...symbols] = words;
  if (version === VERSION_ARKADE)
    throw new SkiffError({
      code: 'WRONG_SERVER',
      say: 'This address belongs to another kind of Ark server (Arkade).',
    });
  if (version !== VERSION_POLICY)
    throw refuse('unknown version', 'This Ark address is of a newer kind that Skiff does not know.');
  try {
    return { testnet: prefix === TESTNET_HRP, ...decodeAddressPayload(curve, regroup(symbols)) };
  } catch (cause) {
    throw refuse('payload', undefined, cause);
  }
}

const deliveryBytes = (d: Delivery): Bytes =>
  d.type === 'server-mailbox'
    ? concat(Uint8Array.of(SERVER_MAILBOX), d.blindedId)
    : concat(Uint8Array.of(d.tag), d.data);

/** The payload after the version symbol. */
export const encodeAddressPayload = (address: Pick<ArkAddress, 'arkId' | 'policy' | 'delivery'>): Bytes =>
  encodeWith((w) => {
    const policy = encodePolicy(address.policy);
    w.bytes(address.arkId).compactSize(policy.length).bytes(policy);
    for (const d of address.delivery.map(deliveryBytes)) w.compactSize(d.length).bytes(d);
  });

/** The text of an address, lower case. */
export const addressText = (address: ArkAddress): string =>
  bech32m.encode(
    address.testnet ? TESTNET_HRP : MAINNET_HRP,
    [VERSION_POLICY, ...bech32m.toWords(encodeAddressPayload(address))],
    MAX_LENGTH,
  );

/** Makes an address for coins of this policy at this server. @throws SkiffError INVALID_ARGUMENT without a delivery */
export function encodeAddress(init: {
  testnet: boolean;
  serverPubkey: Bytes;
  policy: UserPolicy;
  delivery: readonly Delivery[];
}): string {
  if (init.delivery.length === 0)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'An address needs a way to be told of payments.' });
  return addressText({ ...init, arkId: arkId(init.serverPubkey) });
}
