// Taking keys: an index is written with its public key in the very transaction that stores what the key is for, before
// the key leaves the wallet. Addresses are made from a key and the two pinned server keys, so they work offline.

import { encodeAddress } from '../ark/address.ts';

import { blindMailbox } from '../ark/mailbox.ts';
import { fromHex, toHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { takeKey } from '../store/keys.ts';
import { meta } from '../store/meta.ts';
import type { WriteTx } from '../store/port.ts';
import type { KeyRow } from '../store/rows.ts';
import type { KeyRing } from './key-ring.ts';
import type { Deps } from './ports.ts';

/** Takes the next vtxo key for `purpose`. */
export const takeVtxoKey = (tx: WriteTx, keys: KeyRing, purpose: string, now: number): Promise<KeyRow> =>
  takeKey(tx, (index) => toHex(keys.vtxoPublicKey(index)), purpose, now);

/** The Ark address of our key `index`. @throws SkiffError LOCKED, or NO_WALLET before the first contact with a server */
export async function arkAddress(deps: Deps, index: number): Promise<string> {
  const { ports, config } = deps;
  const wallet = await ports.db.read(['meta'], (tx) => meta(tx, 'wallet'));
  if (!wallet?.serverPubkey || !wallet.mailboxPubkey) {
    throw new SkiffError({
      code: 'NO_WALLET',
      say: 'An address can be made once the wallet has reached its server for the first time.',
      retry: 'later',
    });
  }
  const keys = ports.keys.unlocked();
  const { publicKey, secret } = keys.vtxoKey(index);
  const blindedId = blindMailbox(
    ports.curve,
    keys.mailbox().publicKey,
    secret,
    fromHex(wallet.mailboxPubkey),
  );
  return encodeAddress({
    testnet: config.network !== 'mainnet',
    serverPubkey: fromHex(wallet.serverPubkey),
    policy: { type: 'pubkey', userPubkey: publicKey },
    delivery: [{ type: 'server-mailbox', blindedId }],
  });
}
