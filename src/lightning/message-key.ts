// Keys that sign texts for sites. Purpose 21323 is "SK": no path of another wallet begins with it, all of it is hardened,
// and no output of any transaction is ever locked to what comes of it.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { HDKey } from '@scure/bip32';
import type { KeyPair } from '../ark/keys.ts';
import { hmacSha256 } from '../crypto/hash.ts';
import { publicKeyOf } from '../crypto/secrets.ts';
import { SkiffError } from '../errors.ts';

const PATH = "m/21323'/0'";
const TAG = utf8ToBytes('skiff message key');

/**
 * The key for `scope`: HMAC-SHA256 under the secret of m/21323'/0' over tag ‖ scope. (That it is no scalar has a chance of
 * 2^-128; it is refused then.)
 * @param seed 64 bytes · @param scope who the key is for: one site, by its origins
 */
export function messageKey(seed: Uint8Array, scope: string): KeyPair {
  const { privateKey } = HDKey.fromMasterSeed(seed).derive(PATH);
  if (!privateKey) throw new SkiffError({ code: 'INTERNAL', say: 'A key could not be derived.' });
  const secret = hmacSha256(privateKey, TAG, utf8ToBytes(scope));
  privateKey.fill(0);
  return { secret, publicKey: publicKeyOf(secret).slice() };
}
