// Every key of the wallet, derived from one seed: vtxo keys m/350'/0'/i, the two mailboxes, on-chain keys m/86'/…/0/i,
// and under m/21323' those that sign texts for sites and can spend nothing.
// Public keys are remembered; secrets are derived anew for each use and belong to the caller, who wipes them.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { deriveWalletKeys, type KeyPair, type WalletKeys } from '../ark/keys.ts';
import { onchainAccount, onchainKey, onchainSecret, type OnchainKey } from '../bitcoin/descriptors.ts';
import type { Network } from '../bitcoin/network.ts';
import { hmacSha256 } from '../crypto/hash.ts';
import { messageKey } from '../lightning/message-key.ts';
import { receivePreimage } from '../lightning/preimage.ts';
import { swapSecret, type SwapSecretUse } from '../lightning/swap-secret.ts';

export interface KeyRing extends WalletKeys {
  onchainKey(index: number): OnchainKey;
  /** Untweaked secret of an on-chain key. */
  onchainSecret(index: number): Uint8Array;
  /** Preimage of the invoice made at `createdAt` (ms) with these 8 random bytes. */
  receivePreimage(createdAt: number, salt: Uint8Array): Uint8Array;
  /** Secrets of the swap that was made in this second (src/lightning/swap-secret.ts). */
  swapSecret(use: SwapSecretUse, second: number): Uint8Array;
  /** 32 bytes that seal and open the backup file; they say nothing about any other key. */
  backupKey(): Uint8Array;
  /** 32 bytes from which the keys of the wallet's Lightning node and offers come. */
  bolt12Key(): Uint8Array;
  /** The key that signs texts for `scope`. */
  messageKey(scope: string): KeyPair;
}

const BOLT12_TAG = utf8ToBytes('skiff bolt12 key v1');
const BACKUP_TAG = utf8ToBytes('skiff backup file key v1');

/** Remembers `derive` by index. */
function memo<T>(derive: (index: number) => T): (index: number) => T {
  const known = new Map<number, T>();
  return (index) => {
    let value = known.get(index);
    if (value === undefined) known.set(index, (value = derive(index)));
    return value;
  };
}

/** Derives from a 64-byte BIP 39 seed. */
export function keyRing(seed: Uint8Array, network: Network): KeyRing {
  const keys = deriveWalletKeys(seed);
  const account = onchainAccount(seed, network);
  const ownSeed = Uint8Array.from(seed);
  return {
    ...keys,
    vtxoPublicKey: memo((index) => keys.vtxoPublicKey(index)),
    onchainKey: memo((index) => onchainKey(account, index, network)),
    onchainSecret: (index) => onchainSecret(account, index),
    receivePreimage: (createdAt, salt) => receivePreimage(ownSeed, createdAt, salt),
    swapSecret: (use, second) => swapSecret(ownSeed, use, second),
    backupKey: () => hmacSha256(ownSeed, BACKUP_TAG),
    bolt12Key: () => hmacSha256(ownSeed, BOLT12_TAG),
    messageKey: (scope) => messageKey(ownSeed, scope),
  };
}
