// Keys of the service: one for its purse, one for each swap's refund. All from its seed, so that records hold none.
import { scriptToAddress, witnessScript } from '../../src/bitcoin/address.ts';
import type { Network } from '../../src/bitcoin/network.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { hmacSha256, taggedHash } from '../../src/crypto/hash.ts';
import { p2trScript } from '../../src/ark/script.ts';
import { keyHash } from '../../src/swaps/htlc.ts';

const label = (name: string, index: number) =>
  new TextEncoder().encode(`skiff swap service ${name} ${index}`);

/** Secret of the refund of swap number `index`. */
export const refundSecret = (seed: Uint8Array, index: number): Uint8Array =>
  hmacSha256(seed, label('refund', index));

/** P2WPKH address by which the refund key is named. */
export function refundAddress(curve: Curve, network: Network, secret: Uint8Array): string {
  const address = scriptToAddress(witnessScript(0, keyHash(curve.publicKey(secret))), network);
  if (address === undefined) throw new Error('a key hash always has an address');
  return address;
}

export interface PurseKey {
  readonly internal: Uint8Array;
  readonly script: Uint8Array;
  secret(): Uint8Array;
}

/** The purse: one taproot output script without leaves. */
export function purseKey(curve: Curve, seed: Uint8Array): PurseKey {
  const secret = () => hmacSha256(seed, label('purse', 0));
  const internal = curve.publicKey(secret()).subarray(1);
  const { xonly } = curve.tweakXOnly(internal, taggedHash('TapTweak', internal));
  return { internal, script: p2trScript(xonly), secret };
}
