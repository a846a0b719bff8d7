// On-chain keys of the wallet: BIP 86 single-key taproot, m/86'/coin'/0'/0/i (external chain only, as bark keeps it).
import { HDKey } from '@scure/bip32';
import { p2tr } from '@scure/btc-signer';
import { SkiffError } from '../errors.ts';
import { scriptToAddress } from './address.ts';
import { coinType } from './network.ts';
import type { Network } from './network.ts';

export interface OnchainKey {
  index: number;
  /** 32-byte x-only internal key. */
  internal: Uint8Array;
  /** 34-byte P2TR scriptPubKey. */
  script: Uint8Array;
  address: string;
}

/** BIP 86 account m/86'/coin'/0' of a 64-byte BIP 39 seed. */
export function onchainAccount(seed: Uint8Array, network: Network): HDKey {
  return HDKey.fromMasterSeed(seed).derive(`m/86'/${coinType(network)}'/0'`);
}

function external(account: HDKey, index: number): HDKey {
  if (!Number.isInteger(index) || index < 0 || index >= 0x80000000) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'The key index is out of range.',
      details: { index },
    });
  }
  return account.deriveChild(0).deriveChild(index);
}

/** Public side of on-chain key `index`. Works on a neutered account too. */
export function onchainKey(account: HDKey, index: number, network: Network): OnchainKey {
  const key = external(account, index).publicKey;
  if (key === null) throw new SkiffError({ code: 'INTERNAL', say: 'Key derivation failed.' });
  const internal = key.slice(1);
  const { script } = p2tr(internal);
  const address = scriptToAddress(script, network);
  if (address === undefined) throw new SkiffError({ code: 'INTERNAL', say: 'Key derivation failed.' });
  return { index, internal, script, address };
}

/** Untweaked 32-byte secret of on-chain key `index`; the caller wipes it. @throws SkiffError LOCKED on a neutered account. */
export function onchainSecret(account: HDKey, index: number): Uint8Array {
  const secret = external(account, index).privateKey;
  if (secret === null) throw new SkiffError({ code: 'LOCKED', say: 'The wallet is locked.' });
  return secret;
}
