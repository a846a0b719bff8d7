// Blocks of regtest: headers with proof of work, coinbases (BIP 34 height, BIP 141 commitment), bytes.
import { concat } from '../../src/crypto/bytes.ts';
import { sha256d } from '../../src/crypto/hash.ts';
import { compactSize, outputBytes, u32, varBytes } from './le.ts';
import { merkleRoot } from './merkle.ts';
import { Rejected } from './rejected.ts';
import { writeNumber } from './script/number.ts';
import { displayHash, internalHash, readTx, type ChainTx, type TxOutput } from './tx.ts';
import type { BlockHeader } from './types.ts';

/** Regtest's difficulty: every other hash will do. */
export const REGTEST_BITS = 0x207fffff;
const TARGET_TOP = 0x7fffff;
const VERSION = 0x20000000;
const HALVING = 150;
const INITIAL_SUBSIDY = 5_000_000_000n;
const COMMITMENT = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const ZERO32 = new Uint8Array(32);

const GENESIS_COINBASE =
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054' +
  '696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420' +
  '666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61' +
  'deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000';

export interface Block {
  readonly hash: string;
  readonly header: BlockHeader;
  /** Coinbase first. */
  readonly txs: readonly ChainTx[];
  readonly raw: Uint8Array;
}

/** New coins of the block at this height. Regtest halves every 150 blocks. */
export const subsidy = (height: number): bigint => INITIAL_SUBSIDY >> BigInt(Math.floor(height / HALVING));

/** The 80 bytes that are hashed. */
export const headerBytes = (header: BlockHeader): Uint8Array =>
  concat(
    u32(header.version),
    internalHash(header.previous),
    internalHash(header.merkleRoot),
    u32(header.time),
    u32(header.bits),
    u32(header.nonce),
  );

/** Is the hash (internal order) at most regtest's target? */
function meetsTarget(hash: Uint8Array): boolean {
  const top = ((hash[31] as number) << 16) | ((hash[30] as number) << 8) | (hash[29] as number);
  return top < TARGET_TOP || (top === TARGET_TOP && hash.subarray(0, 29).every((byte) => byte === 0));
}

const txidRoot = (txs: readonly ChainTx[]): string =>
  displayHash(merkleRoot(txs.map(({ txid }) => internalHash(txid))));

/** scriptPubKey of the coinbase's commitment to the witnesses of `others`. */
function witnessCommitment(others: readonly ChainTx[]): Uint8Array {
  const root = merkleRoot([ZERO32, ...others.map(({ wtxid }) => internalHash(wtxid))]);
  return concat(COMMITMENT, sha256d(root, ZERO32));
}

/** The height as BIP 34 wants the coinbase to begin. */
const heightPush = (height: number): Uint8Array =>
  height <= 16 ? Uint8Array.of(0x50 + height) : varBytes(writeNumber(BigInt(height)));

function coinbase(height: number, extra: number, reward: TxOutput, others: readonly ChainTx[]): ChainTx {
  const scriptSig = concat(heightPush(height), varBytes(u32(extra)));
  const commitment = { value: 0n, script: witnessCommitment(others) };
  return readTx(
    concat(
      u32(2),
      Uint8Array.of(0, 1, 1),
      ZERO32,
      u32(0xffff_ffff),
      varBytes(scriptSig),
      u32(0xffff_ffff),
      compactSize(2),
      outputBytes(reward),
      outputBytes(commitment),
      Uint8Array.of(1),
      varBytes(ZERO32),
      u32(0),
    ),
  );
}

export interface BlockPlan {
  readonly previous: string;
  readonly height: number;
  readonly time: number;
  readonly reward: TxOutput;
  readonly others: readonly ChainTx[];
  /** Makes two blocks of the same content differ. */
  readonly extra: number;
}

const assemble = (header: BlockHeader, txs: readonly ChainTx[]): Block => {
  const bytes = headerBytes(header);
  return {
    hash: displayHash(sha256d(bytes)),
    header,
    txs,
    raw: concat(bytes, compactSize(txs.length), ...txs.map(({ raw }) => raw)),
  };
};

/** Builds the block and tries nonces until its hash is low enough. */
export function mineBlock(plan: BlockPlan): Block {
  const txs = [coinbase(plan.height, plan.extra, plan.reward, plan.others), ...plan.others];
  const header = {
    version: VERSION,
    previous: plan.previous,
    merkleRoot: txidRoot(txs),
    time: plan.time,
    bits: REGTEST_BITS,
    nonce: 0,
  };
  const bytes = headerBytes(header);
  const view = new DataView(bytes.buffer);
  let nonce = 0;
  while (!meetsTarget(sha256d(bytes))) view.setUint32(76, ++nonce, true);
  return assemble({ ...header, nonce }, txs);
}

/** Regtest's first block, as every regtest node has it. */
export const genesisBlock = (): Block => {
  const txs = [readTx(GENESIS_COINBASE)];
  return assemble(
    {
      version: 1,
      previous: '00'.repeat(32),
      merkleRoot: txidRoot(txs),
      time: 1_296_688_602,
      bits: REGTEST_BITS,
      nonce: 2,
    },
    txs,
  );
};

/** Reads what {@link mineBlock} made. @throws Rejected when header, work or root do not hold */
export function readBlock(raw: Uint8Array, txs: readonly ChainTx[]): Block {
  const view = new DataView(raw.buffer, raw.byteOffset, 80);
  const block = assemble(
    {
      version: view.getUint32(0, true),
      previous: displayHash(raw.subarray(4, 36)),
      merkleRoot: displayHash(raw.subarray(36, 68)),
      time: view.getUint32(68, true),
      bits: view.getUint32(72, true),
      nonce: view.getUint32(76, true),
    },
    txs,
  );
  if (!meetsTarget(internalHash(block.hash))) throw new Rejected('high-hash');
  if (block.header.merkleRoot !== txidRoot(txs)) throw new Rejected('bad-txnmrklroot');
  return block;
}
