// Block headers: 80 bytes whose hash must be below the target they name (Bitcoin Core pow.cpp CheckProofOfWork). A header
// is worth what it cost to find: the easiest target that is believed bounds the price of a forged one.
import { toHex } from '../crypto/bytes.ts';
import { sha256d } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import type { Network } from './network.ts';

export interface BlockHeader {
  /** Display order, hex. */
  readonly hash: string;
  /** Display order, hex. */
  readonly previous: string;
  /** 32 bytes, internal order. */
  readonly merkleRoot: Uint8Array;
  /** Seconds. */
  readonly time: number;
  /** The target in its compact form. */
  readonly bits: number;
}

const LENGTH = 80;

const display = (hash: Uint8Array): string => toHex(Uint8Array.from(hash).reverse());

/** @throws SkiffError INVALID_ENCODING unless these are 80 bytes */
export function parseHeader(bytes: Uint8Array): BlockHeader {
  if (bytes.length !== LENGTH)
    throw new SkiffError({ code: 'INVALID_ENCODING', say: 'This is not a block header.' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    hash: display(sha256d(bytes)),
    previous: display(bytes.subarray(4, 36)),
    merkleRoot: bytes.slice(36, 68),
    time: view.getUint32(68, true),
    bits: view.getUint32(72, true),
  };
}

/** The target a compact form stands for; 0 for one that is negative or too large (arith_uint256::SetCompact). */
export function targetOf(bits: number): bigint {
  const size = bits >>> 24;
  const mantissa = bits & 0x7f_ffff;
  const negative = (bits & 0x80_0000) !== 0;
  if (negative || size > 32) return 0n;
  return size <= 3 ? BigInt(mantissa) >> BigInt(8 * (3 - size)) : BigInt(mantissa) << BigInt(8 * (size - 3));
}

/** Block 840 000 of mainnet (April 2024) had these bits; Ark came to mainnet two years later. */
const MAINNET_840000 = 0x1703_4219;

/**
 * The easiest target that is believed. Test networks: the one of their consensus rules (chainparams.cpp powLimit).
 * Mainnet: a quarter of the work of block 840 000, far below what any block has needed since, and still so much that one
 * forged header costs a good part of an honest block's reward.
 */
const EASIEST: Readonly<Record<Network, bigint>> = {
  mainnet: targetOf(MAINNET_840000) * 4n,
  testnet: targetOf(0x1d00_ffff),
  signet: targetOf(0x1e03_77ae),
  regtest: targetOf(0x207f_ffff),
};

/** Was the work done that this header claims, and is it enough for a block of this network? */
export function hasWork({ hash, bits }: Pick<BlockHeader, 'hash' | 'bits'>, network: Network): boolean {
  const target = targetOf(bits);
  return target > 0n && target <= EASIEST[network] && BigInt(`0x${hash}`) <= target;
}
