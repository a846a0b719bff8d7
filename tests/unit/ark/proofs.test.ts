// Keys, mailboxes, messages and attestations: only the right key, the right words and the right time prove something.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  verifyVtxoStatus,
  vtxoStatusAttestation,
  arkoorCosignPreimage,
  attest,
  verifyArkoorCosign,
} from '../../../src/ark/attestation.ts';
import { deriveWalletKeys } from '../../../src/ark/keys.ts';
import {
  blindMailbox,
  decodeMailboxAuthorization,
  mailboxAuthorization,
  unblindMailboxId,
  verifyMailboxAuthorization,
} from '../../../src/ark/mailbox.ts';
import { signMessage, verifyMessage } from '../../../src/ark/message.ts';
import { vtxoIdBytes } from '../../../src/ark/vtxo-id.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import { bytes, secret } from '../crypto/arbitraries.ts';
import { outPoint } from './arbitraries.ts';

const RUNS = { numRuns: 25 };
const aux = new Uint8Array(32).fill(7);

describe('mailboxes', () => {
  test('a blinded id leads the server back to the mailbox, and differs for each coin key', () => {
    fc.assert(
      fc.property(secret, secret, secret, secret, (mailbox, one, other, server) => {
        const id = curve.publicKey(mailbox);
        const serverKey = curve.publicKey(server);
        const blinded = blindMailbox(curve, id, one, serverKey);
        expect(unblindMailboxId(curve, blinded, curve.publicKey(one), server)).toEqual(id);
        expect(blinded).not.toEqual(id);
        expect(blindMailbox(curve, id, other, serverKey)).not.toEqual(blinded);
      }),
      RUNS,
    );
  });

  test('an authorization holds for its mailbox and its time only', () => {
    const expiries = fc.bigInt({ min: 0n, max: 8_000_000_000n });
    fc.assert(
      fc.property(secret, secret, expiries, (mailbox, other, expiry) => {
        const made = mailboxAuthorization(curve, mailbox, expiry, aux);
        const read = decodeMailboxAuthorization(curve, made);
        expect(made).toHaveLength(105);
        expect(read.expiry).toBe(expiry);
        expect(verifyMailboxAuthorization(curve, read)).toBe(true);
        expect(verifyMailboxAuthorization(curve, { ...read, expiry: expiry + 1n })).toBe(false);
        expect(verifyMailboxAuthorization(curve, { ...read, mailboxId: curve.publicKey(other) })).toBe(false);
      }),
      RUNS,
    );
  });

  test('garbage is refused as bad encoding and nothing else', () => {
    const junk = fc.oneof(fc.uint8Array({ maxLength: 120 }), bytes(105));
    fc.assert(
      fc.property(junk, (b) => {
        try {
          decodeMailboxAuthorization(curve, b);
        } catch (e) {
          return isSkiffError(e, 'INVALID_ENCODING');
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });

  test('blinding refuses keys that are no points', () => {
    const key = new Uint8Array(32).fill(1);
    expect(() => blindMailbox(curve, new Uint8Array(33).fill(0xff), key, curve.publicKey(key))).toThrow(
      /INVALID_ENCODING/,
    );
    expect(() => unblindMailboxId(curve, new Uint8Array(33), curve.publicKey(key), key)).toThrow(
      /INVALID_ENCODING/,
    );
  });
});

describe('proofs of ownership', () => {
  test('a status attestation is good for one coin of one owner', () => {
    fc.assert(
      fc.property(secret, secret, outPoint, outPoint, (owner, stranger, point, elsewhere) => {
        const policy = { type: 'pubkey', userPubkey: curve.publicKey(owner) } as const;
        const made = vtxoStatusAttestation(curve, vtxoIdBytes(point), owner, aux);
        expect(verifyVtxoStatus(curve, made, { point, policy })).toBe(true);
        expect(verifyVtxoStatus(curve, made, { point: elsewhere, policy })).toBe(false);
        const foreign = vtxoStatusAttestation(curve, vtxoIdBytes(point), stranger, aux);
        expect(verifyVtxoStatus(curve, foreign, { point, policy })).toBe(false);
      }),
      RUNS,
    );
  });

  test('an arkoor attestation covers amounts, policies and their order', () => {
    fc.assert(
      fc.property(secret, secret, outPoint, (owner, other, point) => {
        const policy = { type: 'pubkey', userPubkey: curve.publicKey(owner) } as const;
        const to = { type: 'pubkey', userPubkey: curve.publicKey(other) } as const;
        const outputs = [
          { amount: sats(1000), policy: to },
          { amount: sats(2000), policy },
        ];
        const made = attest(curve, arkoorCosignPreimage(vtxoIdBytes(point), outputs), owner, aux);
        const holds = (list: typeof outputs) => verifyArkoorCosign(curve, made, { point, policy }, list);
        expect(holds(outputs)).toBe(true);
        expect(holds([...outputs].reverse())).toBe(false);
        expect(holds(outputs.slice(0, 1))).toBe(false);
        expect(holds(outputs.with(0, { amount: sats(1001), policy: to }))).toBe(false);
      }),
      RUNS,
    );
  });

  test('a signed message is bound to its words and its key', () => {
    fc.assert(
      fc.property(secret, secret, fc.uint8Array({ maxLength: 100 }), (owner, other, message) => {
        const made = signMessage(curve, message, owner, aux);
        expect(verifyMessage(curve, message, made, curve.publicKey(owner))).toBe(true);
        expect(verifyMessage(curve, Uint8Array.of(...message, 0), made, curve.publicKey(owner))).toBe(false);
        expect(verifyMessage(curve, message, made, curve.publicKey(other))).toBe(false);
        expect(verifyMessage(curve, message, made.slice(1), curve.publicKey(owner))).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('wallet keys', () => {
  const seed = new Uint8Array(64).fill(9);
  const keys = deriveWalletKeys(seed);

  test('secret and public halves fit, and all keys differ', () => {
    const all = [0, 1, 2, 1000, 0x7fff_ffff].map((i) => keys.vtxoKey(i));
    all.push(keys.mailbox(), keys.recoveryMailbox(), keys.vtxoAccount(true));
    for (const k of all) expect(curve.publicKey(k.secret)).toEqual(k.publicKey);
    expect(new Set(all.map((k) => String(k.publicKey))).size).toBe(all.length);
    expect(keys.vtxoPublicKey(1000)).toEqual(keys.vtxoKey(1000).publicKey);
    expect(keys.fingerprint).toMatch(/^[0-9a-f]{8}$/);
  });

  test('a secret that was handed out may be wiped', () => {
    const first = keys.vtxoKey(5);
    first.secret.fill(0);
    keys.mailbox().secret.fill(0);
    keys.vtxoAccount(true).secret.fill(0);
    expect(curve.publicKey(keys.vtxoKey(5).secret)).toEqual(first.publicKey);
    expect(curve.publicKey(keys.mailbox().secret)).toEqual(keys.mailbox().publicKey);
    expect(curve.publicKey(keys.vtxoAccount(true).secret)).toEqual(keys.vtxoAccount(true).publicKey);
  });

  test('the seed may be wiped after the derivation', () => {
    const copy = Uint8Array.from(seed);
    const derived = deriveWalletKeys(copy);
    copy.fill(0);
    expect(derived.vtxoPublicKey(3)).toEqual(keys.vtxoPublicKey(3));
    expect(derived.fingerprint).toBe(keys.fingerprint);
  });

  test.each([-1, 0.5, 2 ** 31, Number.NaN])('index %d is refused', (index) => {
    expect(() => keys.vtxoKey(index)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => keys.vtxoPublicKey(index)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
