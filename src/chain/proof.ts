// Proof that a transaction is on the chain (design: a coin counts only when its anchor is). The block that the source
// names at a height is taken by its header: enough work in it, linked with the headers above it, and the transaction's
// path to its merkle root. What a source merely says is never enough; on mainnet two operators must name the same block.
import { parseTxid } from '../ark/vtxo-id.ts';
import { hasWork, parseHeader, type BlockHeader } from '../bitcoin/header.ts';
import { merkleRootFrom } from '../bitcoin/merkle.ts';
import type { Network } from '../bitcoin/network.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { misbehaved } from './endpoints.ts';
import type { ChainSource, MerkleProof } from './source.ts';

/** A place on the chain that was proven. */
export interface Place {
  readonly height: number;
  readonly blockHash: string;
}

type ProofSource = Pick<ChainSource, 'tip' | 'blockHash' | 'header' | 'merkleProof'>;

/** No Ark existed on mainnet before: an older anchor is made up. */
const OLDEST: Readonly<Record<Network, number>> = { mainnet: 840_000, testnet: 1, signet: 1, regtest: 1 };

/** Header of the block at `height`, its work checked. */
async function headerAt(source: ProofSource, network: Network, height: number): Promise<BlockHeader> {
  const header = parseHeader(await source.header(await source.blockHash(height)));
  if (!hasWork(header, network)) throw misbehaved('work', { height, hash: header.hash });
  return header;
}

/** Does the branch lead from the transaction to this root? */
function leadsTo(root: Uint8Array, txid: string, { branch, position }: MerkleProof): boolean {
  const fits = position < 2 ** branch.length;
  return fits && equalBytes(merkleRootFrom(parseTxid(txid), branch, position), root);
}

/**
 * Proves that a transaction lies under at least `depth` blocks, its own included.
 * @param stripped length of the transaction without witnesses: with 64 bytes it could be two hashes of the tree
 * @returns undefined while the source does not say that it is that deep
 * @throws SkiffError CHAIN_MISBEHAVED when the proof does not hold (also when a reorganisation came in between: ask
 *   again), and what the source throws
 */
export async function proveConfirmed(
  source: ProofSource,
  network: Network,
  txid: string,
  stripped: number,
  depth: number,
): Promise<Place | undefined> {
  const proof = await source.merkleProof(txid);
  if (!proof) return undefined;
  const { height } = proof;
  const tip = await source.tip();
  if (tip.height - height + 1 < depth) return undefined;
  if (height < OLDEST[network]) throw misbehaved('height', { txid, height });
  if (stripped === 64) throw misbehaved('size', { txid });

  const heights = Array.from({ length: Math.max(1, depth) }, (_, i) => height + i);
  const headers = await Promise.all(heights.map((at) => headerAt(source, network, at)));
  const [own] = headers as [BlockHeader];
  if (!leadsTo(own.merkleRoot, txid, proof)) throw misbehaved('merkle proof', { txid, height });
  headers.slice(1).forEach((header, i) => {
    if (header.previous !== headers[i]?.hash) throw misbehaved('linkage', { height: height + i + 1 });
  });
  return { height, blockHash: own.hash };
}
