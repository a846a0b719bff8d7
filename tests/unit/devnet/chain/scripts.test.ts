// Kinds of outputs and clauses on a live chain: what spends them, and what must not.
import { secp256k1, schnorr } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import { ripemd160, sha256 } from '../../../../src/crypto/hash.ts';
import { concat } from '../../../../src/crypto/bytes.ts';
import {
  ANYONE,
  build,
  coin,
  keyLock,
  leafLock,
  reason,
  secret,
  still,
  wpkhLock,
  wshLock,
  type Lock,
} from './hands.ts';

const to = keyLock(200).script;
const xonly = (n: number) => schnorr.getPublicKey(secret(n));
const push = (data: Uint8Array) => concat(Uint8Array.of(data.length), data);
const checksig = (n: number) => concat(push(xonly(n)), Uint8Array.of(0xac));
const preimage = sha256(Uint8Array.of(7, 7));

/** Pays the lock, spends it, and says what the mempool thinks. */
function spending(
  lock: Lock,
  options: { sequence?: number; lockTime?: number; version?: number; blocks?: number } = {},
) {
  const chain = still();
  const own = coin(chain, lock);
  if (options.blocks) chain.mine(options.blocks);
  const raw = build({
    inputs: [{ coin: own, sequence: options.sequence }],
    outputs: [{ value: own.value - 1000n, script: to }],
    lockTime: options.lockTime,
    version: options.version,
  });
  const said = reason(() => chain.submit(raw));
  if (said === 'accepted') {
    chain.mine();
    expect(chain.mempool()).toHaveLength(0);
  }
  return said;
}

const wrongKey = (good: Lock, bad: Lock): Lock => ({ script: good.script, unlock: bad.unlock });
const FAILED = /^mandatory-script-verify-flag-failed/;

describe('outputs', () => {
  it('P2TR is spent by its key with every hash type', () => {
    for (const type of [0, 1, 2, 3, 0x81, 0x82, 0x83]) expect(spending(keyLock(1, type))).toBe('accepted');
  });
  it('P2TR is not spent by another key', () => {
    expect(spending(wrongKey(keyLock(1), keyLock(2)))).toMatch(FAILED);
  });
  it('P2WPKH is spent by its key with every hash type', () => {
    for (const type of [1, 2, 3, 0x81, 0x82, 0x83]) expect(spending(wpkhLock(1, type))).toBe('accepted');
  });
  it('P2WPKH is not spent by another key, nor with a hash type that does not exist', () => {
    expect(spending(wrongKey(wpkhLock(1), wpkhLock(2)))).toMatch(FAILED);
    expect(spending(wpkhLock(1, 0x41))).toMatch(FAILED);
  });
  it('a signature with high S is refused', () => {
    const lock = wpkhLock(1);
    const high: Lock = {
      script: lock.script,
      unlock: (digests) => {
        const [signature, key] = lock.unlock(digests) as [Uint8Array, Uint8Array];
        const s = secp256k1.Signature.fromBytes(signature.slice(0, -1), 'der');
        const flipped = new secp256k1.Signature(s.r, secp256k1.Point.Fn.neg(s.s));
        return [concat(flipped.toBytes('der'), Uint8Array.of(1)), key];
      },
    };
    expect(spending(high)).toMatch(FAILED);
  });
  it('P2WSH runs its script', () => {
    const key = secp256k1.getPublicKey(secret(3));
    const script = concat(push(key), Uint8Array.of(0xac));
    expect(spending(wshLock(script, (sign) => [sign(3)]))).toBe('accepted');
    expect(spending(wshLock(script, (sign) => [sign(4)]))).toMatch(FAILED);
    expect(spending(wshLock(script, (sign) => [new Uint8Array(0), sign(3)]))).toMatch(/stack size/);
  });
  it('the fee anchor is spent by anyone, with an empty witness', () => {
    expect(spending({ script: ANYONE.script, unlock: () => [] })).toBe('accepted');
    expect(spending({ script: ANYONE.script, unlock: () => [Uint8Array.of(1)] })).toMatch(FAILED);
  });
  it('a kind that it cannot judge is refused, not waved through', () => {
    const future: Lock = { script: concat(Uint8Array.of(0x52, 2), Uint8Array.of(1, 2)), unlock: () => [] };
    expect(spending(future)).toMatch(/devnet does not verify this script/);
    const success = leafLock(concat(Uint8Array.of(0x7e), checksig(1)), (sign) => [sign(1)]);
    expect(spending(success)).toMatch(/devnet does not verify this script: opcode 0x7e/);
  });
});

describe('clauses of Ark', () => {
  const delayed = (blocks: number) =>
    leafLock(concat(Uint8Array.of(0x50 + blocks, 0xb2, 0x75), checksig(1)), (sign) => [sign(1)]);
  const at = (height: number) => concat(Uint8Array.of(1, height, 0xb1, 0x75));
  const hashed = concat(
    Uint8Array.of(0x82, 1, 32, 0x88, 0xa9),
    push(ripemd160(sha256(preimage))),
    Uint8Array.of(0x88),
    checksig(1),
  );

  it('a delayed key waits as many blocks as its sequence says', () => {
    expect(spending(delayed(5), { sequence: 5, blocks: 4 })).toBe('accepted');
    expect(spending(delayed(5), { sequence: 5, blocks: 3 })).toBe('non-BIP68-final');
  });
  it('a delayed key is not spent with a shorter sequence, with none, or in version 1', () => {
    expect(spending(delayed(5), { sequence: 4, blocks: 10 })).toMatch(FAILED);
    expect(spending(delayed(5), { sequence: 0xffff_fffd, blocks: 10 })).toMatch(FAILED);
    expect(spending(delayed(5), { sequence: 5, blocks: 10, version: 1 })).toMatch(FAILED);
    expect(spending(delayed(5), { sequence: (1 << 22) | 5, blocks: 10 })).not.toBe('accepted');
  });
  it('a timelocked key waits for its height', () => {
    const lock = leafLock(concat(at(123), checksig(1)), (sign) => [sign(1)]);
    // the coin is mined in block 121
    expect(spending(lock, { lockTime: 123, blocks: 1 })).toBe('non-final');
    expect(spending(lock, { lockTime: 123, blocks: 2 })).toBe('accepted');
    expect(spending(lock, { lockTime: 122, blocks: 2 })).toMatch(FAILED);
    expect(spending(lock, { lockTime: 123, blocks: 2, sequence: 0xffff_ffff })).toMatch(FAILED);
  });
  it('a hash clause wants the preimage of exactly 32 bytes', () => {
    const lock = (item: Uint8Array) => leafLock(hashed, (sign) => [sign(1), item]);
    expect(spending(lock(preimage))).toBe('accepted');
    expect(spending(lock(preimage.slice(1)))).toMatch(FAILED);
    expect(spending(lock(sha256(preimage)))).toMatch(FAILED);
  });
  it('a leaf is not spent with another leaf’s script, nor by an empty signature', () => {
    const lock = leafLock(checksig(1), (sign) => [sign(1)]);
    expect(
      spending(
        wrongKey(
          lock,
          leafLock(checksig(2), (sign) => [sign(2)]),
        ),
      ),
    ).toMatch(FAILED);
    expect(spending(leafLock(checksig(1), () => [new Uint8Array(0)]))).toMatch(/evaluated to false/);
  });
});

describe('other opcodes', () => {
  it('CHECKSIGADD counts signatures', () => {
    const two = concat(
      push(xonly(1)),
      Uint8Array.of(0xac),
      push(xonly(2)),
      Uint8Array.of(0xba),
      push(xonly(3)),
      Uint8Array.of(0xba, 0x52, 0x9c),
    );
    const none = new Uint8Array(0);
    expect(spending(leafLock(two, (sign) => [sign(3), none, sign(1)]))).toBe('accepted');
    expect(spending(leafLock(two, (sign) => [none, none, sign(1)]))).toMatch(/evaluated to false/);
  });
  it('IF takes the branch that the witness says, and only 0 or 1 say anything', () => {
    const script = concat(
      Uint8Array.of(0x63),
      checksig(1),
      Uint8Array.of(0x67),
      checksig(2),
      Uint8Array.of(0x68),
    );
    const lock = (n: number, choice: Uint8Array) => leafLock(script, (sign) => [sign(n), choice]);
    expect(spending(lock(1, Uint8Array.of(1)))).toBe('accepted');
    expect(spending(lock(2, new Uint8Array(0)))).toBe('accepted');
    expect(spending(lock(2, Uint8Array.of(1)))).toMatch(FAILED);
    expect(spending(lock(1, Uint8Array.of(2)))).toMatch(/minimal/);
  });
});
