// Proofs that a transaction is on the chain: a real block of mainnet for the arithmetic, the devnet's chain for the rest.
import { describe, expect, test } from 'vitest';
import { hasWork, parseHeader, targetOf } from '../../../src/bitcoin/header.ts';
import { merkleBranch, merkleRootFrom } from '../../../src/bitcoin/merkle.ts';
import { parseTxid, txidText } from '../../../src/ark/vtxo-id.ts';
import { proveConfirmed } from '../../../src/chain/proof.ts';
import type { ChainSource } from '../../../src/chain/source.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { devChainSource } from '../../integration/support/chain-source.ts';
import { coin, keyLock, still } from '../devnet/chain/hands.ts';

/** Block 100 000 of mainnet. */
const HEADER =
  '0100000050120119172a610421a6c3011dd330d9df07b63616c2cc1f1cd00200000000006657a9252aacd5c0b2940996ecff9522' +
  '28c3067cc38d4885efb5a4ac4247e9f337221b4d4c86041b0f2b5710';
const TXIDS = [
  '8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87',
  'fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4',
  '6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4',
  'e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d',
];

describe('headers', () => {
  test('a real one: hash, link, root, work', () => {
    const header = parseHeader(fromHex(HEADER));
    expect(header.hash).toBe('000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506');
    expect(header.previous).toBe('000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250');
    expect(txidText(header.merkleRoot)).toBe(
      'f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766',
    );
    expect(header.time).toBe(1_293_623_863);
    expect(() => parseHeader(fromHex(HEADER).slice(1))).toThrow(/INVALID_ENCODING/);
  });

  test('targets, as the consensus code reads them', () => {
    expect(targetOf(0x1d00_ffff)).toBe(0xffffn << 208n);
    expect(targetOf(0x0100_3456)).toBe(0n);
    expect(targetOf(0x0112_3456)).toBe(0x12n);
    expect(targetOf(0x0300_8000)).toBe(0x8000n);
    expect(targetOf(0x0492_3456)).toBe(0n);
    expect(targetOf(0xff12_3456)).toBe(0n);
    // difficulty of block 840 000, as every explorer shows it
    expect(Number(targetOf(0x1d00_ffff)) / Number(targetOf(0x1703_4219))).toBeCloseTo(
      86_388_558_925_171.02,
      -2,
    );
  });

  test('work counts only when it is enough for the network', () => {
    const old = parseHeader(fromHex(HEADER));
    expect(hasWork(old, 'testnet')).toBe(true);
    expect(hasWork(old, 'mainnet'), 'what was hard in 2010 is cheap now').toBe(false);
    expect(hasWork({ ...old, bits: 0x1703_4219 }, 'mainnet'), 'claimed, not done').toBe(false);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0x1703_4219 }, 'mainnet')).toBe(true);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0 }, 'mainnet')).toBe(false);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0x1d00_ffff }, 'mainnet')).toBe(false);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0x1d00_ffff }, 'signet')).toBe(true);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0x207f_ffff }, 'signet')).toBe(false);
    expect(hasWork({ hash: '0'.repeat(64), bits: 0x207f_ffff }, 'regtest')).toBe(true);
  });

  test('merkle branches of a real block', () => {
    const leaves = TXIDS.map(parseTxid);
    const { merkleRoot } = parseHeader(fromHex(HEADER));
    leaves.forEach((leaf, at) => {
      expect(merkleRootFrom(leaf, merkleBranch(leaves, at), at)).toEqual(merkleRoot);
      expect(merkleRootFrom(leaf, merkleBranch(leaves, at), at ^ 1)).not.toEqual(merkleRoot);
    });
  });
});

describe('a proven transaction', () => {
  const chain = still();
  const { txid } = coin(chain, keyLock(1));
  const other = coin(chain, keyLock(2)).txid;
  chain.mine(2);
  const honest = devChainSource(chain);
  const prove = (source: Partial<ChainSource> = {}, depth = 1, stripped = 200) =>
    proveConfirmed({ ...honest, ...source }, 'regtest', txid, stripped, depth);
  const lie = expect.objectContaining({ code: 'CHAIN_MISBEHAVED' });

  test('lies in its block, under as many as are asked for', async () => {
    const place = { height: chain.height() - 3, blockHash: chain.blockHash(chain.height() - 3) };
    for (const depth of [1, 2, 4]) expect(await prove({}, depth)).toEqual(place);
    expect(await prove({}, 5)).toBe(undefined);
  });

  test('is not proven while it waits in the mempool', async () => {
    const waiting = chain.pay(keyLock(3).script, 5_000n);
    expect(await proveConfirmed(honest, 'regtest', waiting, 200, 1)).toBe(undefined);
  });

  test('needs its own branch, its own position, and not 64 bytes', async () => {
    const proof = (await honest.merkleProof(txid))!;
    await expect(prove({ merkleProof: async () => (await honest.merkleProof(other))! })).rejects.toEqual(lie);
    await expect(
      prove({ merkleProof: async () => ({ ...proof, position: proof.position ^ 1 }) }),
    ).rejects.toEqual(lie);
    await expect(
      prove({ merkleProof: async () => ({ ...proof, position: proof.position + 2 ** proof.branch.length }) }),
    ).rejects.toEqual(lie);
    await expect(prove({ merkleProof: async () => ({ ...proof, branch: [] }) })).rejects.toEqual(lie);
    await expect(
      prove({ merkleProof: async () => ({ ...proof, height: proof.height + 1 }) }),
    ).rejects.toEqual(lie);
    await expect(prove({}, 1, 64)).rejects.toEqual(lie);
  });

  test('needs work in its header, and headers that are linked', async () => {
    const cheap = async (hash: string) => {
      const bytes = (await honest.header(hash)).slice();
      new DataView(bytes.buffer).setUint32(72, 0x1d00_ffff, true);
      return bytes;
    };
    await expect(prove({ header: cheap })).rejects.toEqual(lie);
    const skips = async (height: number) =>
      honest.blockHash(height === chain.height() - 2 ? height + 1 : height);
    await expect(prove({ blockHash: skips }, 2)).rejects.toEqual(lie);
  });

  test('on mainnet a devnet block proves nothing', async () => {
    await expect(proveConfirmed(honest, 'mainnet', txid, 200, 1)).rejects.toEqual(lie);
    const high: Partial<ChainSource> = {
      merkleProof: async () => ({ ...(await honest.merkleProof(txid))!, height: 900_000 }),
      tip: async () => ({ height: 900_005, hash: '' }),
      blockHash: async () => honest.blockHash(chain.height() - 3),
    };
    await expect(proveConfirmed({ ...honest, ...high }, 'mainnet', txid, 200, 1)).rejects.toEqual(lie);
  });
});
