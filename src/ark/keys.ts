// Keys of a wallet (paths of bark-wallet): BIP-39 seed with empty passphrase → m/350' and under it the vtxo account
// m/350'/0'/i, the mailbox key m/350'/1' and the recovery mailbox key m/350'/2'. On-chain keys are in src/bitcoin.
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { base58check } from '@scure/base';
import { HDKey } from '@scure/bip32';

import type { Bytes } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import { addSecrets, publicKeyOf } from '../crypto/secrets.ts';
import { SkiffError } from '../errors.ts';

/** One key pair. `secret` is a copy that belongs to the caller, who wipes it. */
export interface KeyPair {
  readonly secret: Bytes;
  /** 33 bytes. */
  readonly publicKey: Bytes;
}

export interface WalletKeys {
  /** Fingerprint of m/350', 8 hex characters: the wallet's name in logs and locks. */
  readonly fingerprint: string;
  /** m/350'/0'/i, the keys of coins: addresses, change, boards and HTLCs alike. @throws SkiffError INVALID_ARGUMENT */
  vtxoKey(index: number): KeyPair;
  /** Public half of {@link vtxoKey}, 33 bytes. */
  vtxoPublicKey(index: number): Bytes;
  /**
   * m/350'/0' itself; its secret signs the xpub recovery authorization.
   * @param testnet any network but mainnet: the 78 bytes of the xpub begin with its version
   */
  vtxoAccount(testnet: boolean): KeyPair & { readonly xpub: Bytes };
  /** m/350'/1'; its public key is the mailbox id. */
  mailbox(): KeyPair;
  /** m/350'/2'. */
  recoveryMailbox(): KeyPair;
}

const underivable = () => new SkiffError({ code: 'INTERNAL', say: 'A key could not be derived.' });

const pair = (key: HDKey): KeyPair => {
  if (!key.privateKey || !key.publicKey) throw underivable();
  return { secret: Uint8Array.from(key.privateKey), publicKey: Uint8Array.from(key.publicKey) };
};

/**
 * BIP-32 CKDpriv of a plain index: the secret alone. (HDKey's own computes the public key and a fingerprint with every
 * child; here a public key is computed when it is asked for, and remembered.)
 */
function childSecret(parent: HDKey, index: number): Bytes {
  const { privateKey, publicKey, chainCode } = parent;
  if (!privateKey || !publicKey || !chainCode) throw underivable();
  const data = new Uint8Array(37);
  data.set(publicKey);
  new DataView(data.buffer).setUint32(33, index);
  const digest = hmac(sha512, chainCode, data);
  try {
    return addSecrets(digest.subarray(0, 32), privateKey);
  } finally {
    digest.fill(0);
  }
}

const TESTNET_XPUB = Uint8Array.of(0x04, 0x35, 0x87, 0xcf);

/** BIP-32 extended public key, 78 bytes as it is serialised before base58. */
function xpubBytes(key: HDKey, testnet: boolean): Bytes {
  const bytes = base58check(sha256).decode(key.publicExtendedKey);
  if (testnet) bytes.set(TESTNET_XPUB);
  return bytes;
}

/** Derives the wallet's keys from a 64-byte BIP-39 seed. The network changes none of them, only how an xpub is written. */
export function deriveWalletKeys(seed: Bytes): WalletKeys {
  const root = HDKey.fromMasterSeed(seed).derive("m/350'");
  const account = root.derive("m/0'");
  const secretOf = (index: number): Bytes => {
    if (!Number.isInteger(index) || index < 0 || index >= 0x8000_0000)
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'The key index is out of range.',
        details: { index },
      });
    return childSecret(account, index);
  };
  const publicOf = (index: number): Bytes => {
    const secret = secretOf(index);
    try {
      return publicKeyOf(secret).slice();
    } finally {
      secret.fill(0);
    }
  };
  const mailbox = root.derive("m/1'");
  const recoveryMailbox = root.derive("m/2'");
  return {
    fingerprint: root.fingerprint.toString(16).padStart(8, '0'),
    vtxoKey: (index) => ({ secret: secretOf(index), publicKey: publicOf(index) }),
    vtxoPublicKey: publicOf,
    vtxoAccount: (testnet) => ({ ...pair(account), xpub: xpubBytes(account, testnet) }),
    mailbox: () => pair(mailbox),
    recoveryMailbox: () => pair(recoveryMailbox),
  };
}
