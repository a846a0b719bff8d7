// Blinding and its inverse, mailbox and xpub authorizations, message signatures, message type numbers.
import { HDKey } from '@scure/bip32';
import { base58check } from '@scure/base';

import {
  blindMailbox,
  decodeMailboxAuthorization,
  MAILBOX_MESSAGE_TYPES,
  mailboxAuthorization,
  mailboxAuthorizationPreimage,
  unblindMailboxId,
  verifyMailboxAuthorization,
  xpubRecoveryAuthorization,
  xpubRecoveryPreimage,
} from '../../../src/ark/mailbox.ts';
import { decodeAll } from '../../../src/ark/encode.ts';
import { messageDigest, signMessage, verifyMessage } from '../../../src/ark/message.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import type { Check } from '../check.ts';

interface Key {
  secret: string;
  public: string;
}
interface Signed {
  digest: string;
  aux_rand: string;
  signature: string;
  key: Key;
}
interface Data {
  blinding: {
    mailbox_key: Key;
    vtxo_key: Key;
    server_mailbox_key: Key;
    mailbox_id: string;
    mailbox_id_string: string;
    blinded_id: string;
  }[];
  infinity: {
    vtxo_key: Key;
    server_mailbox_key: Key;
    mailbox_id_whose_blinding_fails: string;
    blinded_id_whose_unblinding_fails: string;
  };
  authorizations: (Signed & {
    expiry: number | string;
    preimage: string;
    authorization: string;
    mailbox_id: string;
    tampered: { hex: string; verifies: boolean }[];
  })[];
  decode_attempts: { note: string; hex: string; ok: boolean; error: string }[];
  xpub_recovery: (Signed & {
    xpriv: string;
    xpub: string;
    xpub_bytes: string;
    server_pubkey: string;
    expiry: number | string;
    preimage: string;
    authorization: string;
  })[];
  messages: (Signed & { message: string })[];
  mailbox_types: { id: number; name: string | null }[];
}

const TEST_VERSIONS = { private: 0x04358394, public: 0x043587cf };

/** The key's two halves fit; returns its secret. */
function secretOf(key: Key, check: Check, label: string): Uint8Array {
  const secret = fromHex(key.secret);
  check(curve.publicKey(secret), key.public, `${label} public key`);
  return secret;
}

export function compare(data: Data, check: Check): void {
  for (const [i, b] of data.blinding.entries()) {
    const label = `blinding ${i}`;
    const mailbox = curve.publicKey(secretOf(b.mailbox_key, check, `${label} mailbox`));
    const vtxo = secretOf(b.vtxo_key, check, `${label} vtxo`);
    const server = secretOf(b.server_mailbox_key, check, `${label} server`);
    check(mailbox, b.mailbox_id, `${label} id`);
    check(toHex(mailbox), b.mailbox_id_string, `${label} id as text`);
    const blinded = blindMailbox(curve, mailbox, vtxo, curve.publicKey(server));
    check(blinded, b.blinded_id, label);
    check(unblindMailboxId(curve, blinded, curve.publicKey(vtxo), server), b.mailbox_id, `${label} undone`);
  }
  const vtxo = secretOf(data.infinity.vtxo_key, check, 'infinity vtxo');
  const server = secretOf(data.infinity.server_mailbox_key, check, 'infinity server');
  const failing = fromHex(data.infinity.mailbox_id_whose_blinding_fails);
  check.refuses(() => blindMailbox(curve, failing, vtxo, curve.publicKey(server)), 'blinding to infinity');
  const blinded = fromHex(data.infinity.blinded_id_whose_unblinding_fails);
  check.refuses(
    () => unblindMailboxId(curve, blinded, curve.publicKey(vtxo), server),
    'unblinding to infinity',
  );

  for (const [i, a] of data.authorizations.entries()) {
    const label = `authorization ${i}`;
    const secret = secretOf(a.key, check, label);
    const expiry = BigInt(a.expiry);
    check(mailboxAuthorizationPreimage(expiry), a.preimage, `${label} preimage`);
    check(sha256(mailboxAuthorizationPreimage(expiry)), a.digest, `${label} digest`);
    const bytes = mailboxAuthorization(curve, secret, expiry, fromHex(a.aux_rand));
    check(bytes, a.authorization, label);
    const read = decodeMailboxAuthorization(curve, bytes);
    check(read.mailboxId, a.mailbox_id, `${label} mailbox id`);
    check(read.signature, a.signature, `${label} signature`);
    check(verifyMailboxAuthorization(curve, read), true, `${label} verifies`);
    for (const t of a.tampered)
      check(
        verifyMailboxAuthorization(curve, decodeMailboxAuthorization(curve, fromHex(t.hex))),
        t.verifies,
        `${label} tampered`,
      );
  }
  for (const d of data.decode_attempts) {
    check.informative(d.note, d.error);
    const bytes = fromHex(d.hex);
    const read = () =>
      d.hex.length <= 66
        ? decodeAll(curve, bytes, (r) => r.publicKey('mailbox id'))
        : decodeMailboxAuthorization(curve, bytes);
    check(d.ok, false, `${d.note}: the file holds refusals`);
    check.refuses(read, `decoding: ${d.note}`);
  }
  for (const [i, x] of data.xpub_recovery.entries()) {
    const label = `xpub ${i}`;
    const account = HDKey.fromExtendedKey(x.xpriv, x.xpriv.startsWith('tprv') ? TEST_VERSIONS : undefined);
    const secret = secretOf(x.key, check, label);
    check(account.privateKey, x.key.secret, `${label} secret of the xpriv`);
    check(account.publicExtendedKey, x.xpub, `${label} xpub`);
    const xpub = base58check(sha256).decode(x.xpub);
    check(xpub, x.xpub_bytes, `${label} bytes`);
    const expiry = BigInt(x.expiry);
    const preimage = xpubRecoveryPreimage(fromHex(x.server_pubkey), xpub, expiry);
    check(preimage, x.preimage, `${label} preimage`);
    check(sha256(preimage), x.digest, `${label} digest`);
    const bytes = xpubRecoveryAuthorization(
      curve,
      { secret, xpub },
      fromHex(x.server_pubkey),
      expiry,
      fromHex(x.aux_rand),
    );
    check(bytes, x.authorization, label);
    check(bytes.subarray(8), x.signature, `${label} signature`);
  }
  for (const [i, m] of data.messages.entries()) {
    const secret = secretOf(m.key, check, `message ${i}`);
    const message = fromHex(m.message);
    check(messageDigest(message), m.digest, `message ${i} digest`);
    const signature = signMessage(curve, message, secret, fromHex(m.aux_rand));
    check(signature, m.signature, `message ${i} signature`);
    check(verifyMessage(curve, message, signature, curve.publicKey(secret)), true, `message ${i} verifies`);
  }
  for (const t of data.mailbox_types) {
    const found = Object.entries(MAILBOX_MESSAGE_TYPES).find(([, id]) => id === t.id);
    check(found?.[0], t.name, `message type ${t.id}`);
  }
}
