// VTXO policies: who may spend a VTXO and how (ark-lib vtxo/mod.rs for the bytes, vtxo/policy/mod.rs for the names).
// Version 0 of the hash-locked policies is read and spent, never created; their taproots are in taproot.ts.
import type { Bytes } from '../crypto/curve.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  type PointChecks,
  type Reader,
  type Writer,
} from './encode.ts';

/** 0: hash locks without the preimage-size check (old). 1: with it (current). */
export type HashLockVersion = 0 | 1;

export interface PubkeyPolicy {
  readonly type: 'pubkey';
  readonly userPubkey: Bytes;
}

/** An outgoing Lightning payment: the server takes the coin with the preimage, the user gets it back after expiry. */
export interface HtlcSendPolicy {
  readonly type: 'server-htlc-send';
  readonly version: HashLockVersion;
  readonly userPubkey: Bytes;
  readonly paymentHash: Bytes;
  readonly htlcExpiry: number;
}

/** An incoming Lightning payment: the user takes the coin with the preimage, the server gets it back after expiry. */
export interface HtlcReceivePolicy {
  readonly type: 'server-htlc-receive';
  readonly version: HashLockVersion;
  readonly userPubkey: Bytes;
  readonly paymentHash: Bytes;
  readonly htlcExpiry: number;
  readonly htlcExpiryDelta: number;
}

export interface CheckpointPolicy {
  readonly type: 'checkpoint';
  readonly userPubkey: Bytes;
}

export interface ExpiryPolicy {
  readonly type: 'expiry';
  /** 32 bytes x-only. */
  readonly internalKey: Bytes;
}

export interface HarkPolicy {
  readonly type: 'hark-leaf' | 'hark-forfeit';
  readonly version: HashLockVersion;
  readonly userPubkey: Bytes;
  readonly unlockHash: Bytes;
}

export interface ServerOwnedPolicy {
  readonly type: 'server-owned';
}

/** Policies a user's VTXO may have. */
export type UserPolicy = PubkeyPolicy | HtlcSendPolicy | HtlcReceivePolicy;
/** Every policy, those of the server's own outputs too. */
export type VtxoPolicy = UserPolicy | CheckpointPolicy | ExpiryPolicy | HarkPolicy | ServerOwnedPolicy;

const TAG_BY_NAME = {
  pubkey: 0x00,
  'server-htlc-send': 0x01,
  'server-htlc-receive': 0x02,
  checkpoint: 0x03,
  expiry: 0x04,
  'hark-leaf': 0x05,
  'hark-forfeit': 0x06,
  'server-owned': 0x07,
  'server-htlc-receive-v1': 0x08,
  'server-htlc-send-v1': 0x09,
  'hark-leaf-v1': 0x0a,
  'hark-forfeit-v1': 0x0b,
} as const;

/** The policy's name in logs, JSON and bark's output; version 1 carries the suffix `-v1`. */
export type PolicyName = keyof typeof TAG_BY_NAME;

const NAME_BY_TAG = new Map<number, PolicyName>(
  Object.entries(TAG_BY_NAME).map(([name, tag]) => [tag, name as PolicyName]),
);
const USER_TAGS: ReadonlySet<number> = new Set([0x00, 0x01, 0x02, 0x08, 0x09]);

/** Name of a policy, such as `server-htlc-send-v1`. */
export const policyName = (policy: VtxoPolicy): PolicyName =>
  ('version' in policy && policy.version === 1 ? `${policy.type}-v1` : policy.type) as PolicyName;

/** Is this text a policy's name? Case matters. */
export const isPolicyName = (text: string): text is PolicyName => Object.hasOwn(TAG_BY_NAME, text);

/** The first byte of the policy's encoding. */
export const policyTag = (policy: VtxoPolicy): number => TAG_BY_NAME[policyName(policy)];

/** May a user's VTXO have this policy? */
export const isUserPolicy = (policy: VtxoPolicy): policy is UserPolicy => USER_TAGS.has(policyTag(policy));

/** May a VTXO with this policy be an input of an ordinary arkoor transfer? */
export const isArkoorCompatible = (policy: VtxoPolicy): boolean =>
  policy.type === 'pubkey' || policy.type === 'checkpoint';

/** The user's 33-byte key in this policy, where it has one. */
export const policyUserKey = (policy: VtxoPolicy): Bytes | undefined =>
  'userPubkey' in policy ? policy.userPubkey : undefined;

/** Writes tag and body. */
export function writePolicy(w: Writer, policy: VtxoPolicy): void {
  w.u8(policyTag(policy));
  switch (policy.type) {
    case 'pubkey':
    case 'checkpoint':
      w.bytes(policy.userPubkey);
      return;
    case 'expiry':
      w.bytes(policy.internalKey);
      return;
    case 'server-owned':
      return;
    case 'hark-leaf':
    case 'hark-forfeit':
      w.bytes(policy.userPubkey).bytes(policy.unlockHash);
      return;
    case 'server-htlc-send':
      w.bytes(policy.userPubkey).bytes(policy.paymentHash).u32(policy.htlcExpiry);
      return;
    case 'server-htlc-receive':
      w.bytes(policy.userPubkey).bytes(policy.paymentHash).u32(policy.htlcExpiry).u16(policy.htlcExpiryDelta);
      return;
  }
}

/** Reads a policy of any kind. @throws SkiffError INVALID_ENCODING */
export function readPolicy(r: Reader): VtxoPolicy {
  const tag = r.u8('policy tag');
  const name = NAME_BY_TAG.get(tag);
  if (name === undefined) throw invalidEncoding(`policy tag ${tag}`);
  const version: HashLockVersion = name.endsWith('-v1') ? 1 : 0;
  switch (name) {
    case 'pubkey':
    case 'checkpoint':
      return { type: name, userPubkey: r.publicKey('user key') };
    case 'expiry':
      return { type: name, internalKey: r.xOnly('internal key') };
    case 'server-owned':
      return { type: name };
    case 'hark-leaf':
    case 'hark-leaf-v1':
    case 'hark-forfeit':
    case 'hark-forfeit-v1': {
      const type = name.startsWith('hark-leaf') ? 'hark-leaf' : 'hark-forfeit';
      return { type, version, userPubkey: r.publicKey('user key'), unlockHash: r.hash('unlock hash') };
    }
    case 'server-htlc-send':
    case 'server-htlc-send-v1':
      return { type: 'server-htlc-send', version, ...readHtlc(r) };
    case 'server-htlc-receive':
    case 'server-htlc-receive-v1': {
      const htlc = readHtlc(r);
      return {
        type: 'server-htlc-receive',
        version,
        ...htlc,
        htlcExpiryDelta: r.blockDelta('htlc_expiry_delta'),
      };
    }
  }
}

const readHtlc = (r: Reader) => ({
  userPubkey: r.publicKey('user key'),
  paymentHash: r.hash('payment hash'),
  htlcExpiry: r.blockHeight('htlc_expiry'),
});

/** Reads a policy that a user's VTXO may have. @throws SkiffError INVALID_ENCODING also for server policies. */
export function readUserPolicy(r: Reader): UserPolicy {
  const policy = readPolicy(r);
  if (!isUserPolicy(policy)) throw invalidEncoding(`policy ${policyName(policy)} in a user's vtxo`);
  return policy;
}

/** Bytes of a policy. */
export const encodePolicy = (policy: VtxoPolicy): Bytes => encodeWith((w) => writePolicy(w, policy));

/** Exactly one policy of any kind. @throws SkiffError INVALID_ENCODING */
export const decodePolicy = (curve: PointChecks, bytes: Bytes): VtxoPolicy =>
  decodeAll(curve, bytes, readPolicy);

/** Exactly one policy of a user's VTXO. @throws SkiffError INVALID_ENCODING */
export const decodeUserPolicy = (curve: PointChecks, bytes: Bytes): UserPolicy =>
  decodeAll(curve, bytes, readUserPolicy);
