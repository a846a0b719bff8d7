// Mailboxes (ark-lib mailbox.rs) and the xpub authorization of recovery (recovery.rs): blinded ids that only the server
// can unblind, and signed permissions to read. Times are seconds since 1970, given by the caller.
import { utf8ToBytes } from '@noble/hashes/utils.js';

import { concat } from '../crypto/bytes.ts';
import type { Bytes, Curve } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import { decodeAll, encodeWith, invalidEncoding, type PointChecks } from './encode.ts';

const MAILBOX_PREFIX = utf8ToBytes('Ark VTXO mailbox authorization: ');
const XPUB_PREFIX = utf8ToBytes('Ark xpub recovery authorization:');
/** What the server's clock type can hold. */
const MIN_TIME = -8_334_601_228_800n;
const MAX_TIME = 8_210_266_876_799n;

/** The kinds of mailbox messages with their numbers. */
export const MAILBOX_MESSAGE_TYPES = {
  'arkoor-receive': 0,
  'round-participation-completed': 1,
  'ln-recv-pending': 2,
  'recovery-vtxo-id': 3,
  'ln-send-finished': 4,
} as const;

/**
 * The id under which a sender addresses a mailbox: mailbox + vtxoSecret · serverMailboxKey, 33 bytes.
 * Another vtxo key gives another id for the same mailbox. @throws SkiffError INVALID_ENCODING at infinity
 */
export const blindMailbox = (
  curve: Curve,
  mailboxId: Bytes,
  vtxoSecret: Bytes,
  serverMailboxKey: Bytes,
): Bytes => curve.addPoints(mailboxId, curve.sharedPoint(vtxoSecret, serverMailboxKey));

/** The server's inverse of {@link blindMailbox}. @throws SkiffError INVALID_ENCODING at infinity */
export const unblindMailboxId = (
  curve: Curve,
  blindedId: Bytes,
  vtxoPubkey: Bytes,
  serverMailboxSecret: Bytes,
): Bytes => curve.subtractPoints(blindedId, curve.sharedPoint(serverMailboxSecret, vtxoPubkey));

export interface MailboxAuthorization {
  /** 33 bytes. */
  readonly mailboxId: Bytes;
  /** Unix seconds. */
  readonly expiry: bigint;
  readonly signature: Bytes;
}

/** What is hashed and signed; the mailbox id is not part of it. */
export const mailboxAuthorizationPreimage = (expiry: bigint): Bytes =>
  concat(
    MAILBOX_PREFIX,
    encodeWith((w) => w.i64(expiry)),
  );

/**
 * Permission to read a mailbox until `expiry`, 105 bytes: id ‖ expiry ‖ signature.
 * @param secret the mailbox key · @param expiry unix seconds · @param aux 32 random bytes
 */
export function mailboxAuthorization(curve: Curve, secret: Bytes, expiry: bigint, aux: Bytes): Bytes {
  const signature = curve.schnorrSign(sha256(mailboxAuthorizationPreimage(expiry)), secret, aux);
  return encodeWith((w) => w.bytes(curve.publicKey(secret)).i64(expiry).bytes(signature));
}

/** @throws SkiffError INVALID_ENCODING */
export const decodeMailboxAuthorization = (curve: PointChecks, bytes: Bytes): MailboxAuthorization =>
  decodeAll(curve, bytes, (r) => {
    const mailboxId = r.publicKey('mailbox id');
    const expiry = r.i64('expiry');
    if (expiry < MIN_TIME || expiry > MAX_TIME) throw invalidEncoding('expiry: not a time');
    return { mailboxId, expiry, signature: r.signature() };
  });

/** Is it signed by the mailbox's key? Says nothing about the time. */
export const verifyMailboxAuthorization = (curve: Curve, authorization: MailboxAuthorization): boolean =>
  curve.schnorrVerify(
    authorization.signature,
    sha256(mailboxAuthorizationPreimage(authorization.expiry)),
    authorization.mailboxId.subarray(1),
  );

/** What the xpub's own key signs. @param xpub 78-byte BIP-32 serialisation */
export const xpubRecoveryPreimage = (serverPubkey: Bytes, xpub: Bytes, expiry: bigint): Bytes =>
  concat(
    XPUB_PREFIX,
    serverPubkey,
    xpub,
    encodeWith((w) => w.i64(expiry)),
  );

/** Permission to look up coins by xpub, 72 bytes: expiry ‖ signature. */
export function xpubRecoveryAuthorization(
  curve: Curve,
  account: { secret: Bytes; xpub: Bytes },
  serverPubkey: Bytes,
  expiry: bigint,
  aux: Bytes,
): Bytes {
  const digest = sha256(xpubRecoveryPreimage(serverPubkey, account.xpub, expiry));
  return encodeWith((w) => w.i64(expiry).bytes(curve.schnorrSign(digest, account.secret, aux)));
}
