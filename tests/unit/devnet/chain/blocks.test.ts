// Blocks: genesis, proof of work, roots, rewards, maturity, time, reorgs, and keeping all of it in a folder.
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headerBytes, subsidy } from '../../../../devnet/chain/block.ts';
import { createChain } from '../../../../devnet/chain/index.ts';
import { merkleRoot } from '../../../../devnet/chain/merkle.ts';
import { displayHash, internalHash } from '../../../../devnet/chain/tx.ts';
import type { BlockEvent, BlockRecord, DevChain } from '../../../../devnet/chain/types.ts';
import { merkleBranch } from '../../../../src/bitcoin/merkle.ts';
import { sha256d } from '../../../../src/crypto/hash.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { build, coin, keyLock, outputOf, reason, still } from './hands.ts';

const blockAt = (chain: DevChain, height: number): BlockRecord =>
  chain.block(chain.blockHash(height) ?? '') as BlockRecord;
const to = keyLock(200).script;

describe('a new chain', () => {
  it('has regtest’s genesis block and a chain of proven work on top', () => {
    const chain = still();
    expect(chain.blockHash(0)).toBe('0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206');
    expect(chain.height()).toBe(120);
    for (let height = 1; height <= 120; height++) {
      const { hash, header } = blockAt(chain, height);
      expect(displayHash(sha256d(headerBytes(header)))).toBe(hash);
      expect(Number.parseInt(hash.slice(0, 2), 16)).toBeLessThan(0x80);
      expect(header.previous).toBe(chain.blockHash(height - 1));
    }
  });
  it('starts in less than a second', () => {
    const from = performance.now();
    still();
    expect(performance.now() - from).toBeLessThan(1000);
  });
  it('has times that move on past the median', () => {
    const chain = still();
    chain.mine(30);
    for (let height = 1; height <= 150; height++)
      expect(blockAt(chain, height).header.time).toBeGreaterThan(blockAt(chain, height - 1).medianTime);
  });
});

describe('blocks', () => {
  it('commit to their transactions, and each has a branch to the root', () => {
    const chain = still();
    for (let i = 1; i <= 6; i++) chain.pay(keyLock(i).script, 50_000n);
    chain.mine();
    const { header, txs } = blockAt(chain, 121);
    expect(txs).toHaveLength(7);
    const leaves = txs.map(({ txid }) => internalHash(txid));
    expect(displayHash(merkleRoot(leaves))).toBe(header.merkleRoot);
    leaves.forEach((leaf, position) => {
      const root = merkleBranch(leaves, position).reduce(
        (node, other, depth) => ((position >> depth) & 1 ? sha256d(other, node) : sha256d(node, other)),
        leaf,
      );
      expect(displayHash(root)).toBe(header.merkleRoot);
    });
  });
  it('pay the subsidy and the fees, halved every 150 blocks', () => {
    const chain = still();
    chain.pay(to, 50_000n);
    const fee = chain.mempool().reduce((sum, one) => sum + one.fee, 0n);
    chain.mine();
    expect(fee).toBeGreaterThan(0n);
    expect(blockAt(chain, 121).txs[0]?.outputs[0]?.value).toBe(5_000_000_000n + fee);
    expect([subsidy(149), subsidy(150), subsidy(300)]).toEqual([
      5_000_000_000n,
      2_500_000_000n,
      1_250_000_000n,
    ]);
  });
  it('give coins that wait a hundred blocks', () => {
    const chain = still({ premine: 99 });
    expect(() => chain.pay(to, 1000n)).toThrow(/mine some blocks/);
    chain.mine();
    expect(() => chain.pay(to, 1000n)).not.toThrow();
  });
  it('take included transactions past the mempool, but never past the rules', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const good = build({ inputs: [{ coin: own }], outputs: [{ value: own.value, script: to }] });
    expect(reason(() => chain.submit(good))).toMatch(/min relay fee not met/);
    const forged = build({
      inputs: [{ coin: { ...own, lock: { ...own.lock, unlock: keyLock(2).unlock } } }],
      outputs: [{ value: own.value, script: to }],
    });
    expect(reason(() => chain.mine(1, { include: [forged] }))).toMatch(/script-verify/);
    chain.mine(1, { include: [good] });
    expect(chain.utxos(to)).toHaveLength(1);
  });
});

describe('reorgs', () => {
  it('put transactions back into the mempool and mine them again', () => {
    const chain = still();
    const txid = chain.pay(to, 50_000n);
    chain.mine(2);
    const gone = chain.invalidate(2);
    expect(gone).toHaveLength(2);
    expect(chain.tx(txid)?.block).toBeUndefined();
    expect(chain.mempool()).toHaveLength(1);
    expect(chain.block(gone[0] as string)?.best).toBe(false);
    chain.mine();
    expect(chain.tx(txid)?.block?.height).toBe(121);
    expect(chain.tip().hash).not.toBe(gone[1]);
  });
  it('can replace a confirmed payment by a conflicting one', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const spend = (n: number) =>
      build({ inputs: [{ coin: own }], outputs: [{ value: own.value - 1000n, script: keyLock(n).script }] });
    const [first, second] = [spend(50), spend(51)];
    const firstId = chain.submit(first);
    const child = build({
      inputs: [{ coin: outputOf(first, 0, keyLock(50)) }],
      outputs: [{ value: own.value - 2000n, script: to }],
    });
    const childId = chain.submit(child);
    chain.mine();
    const hashes = chain.reorg(1, { include: [second] });
    expect(hashes).toHaveLength(2);
    expect([chain.tx(firstId), chain.tx(childId)]).toEqual([undefined, undefined]);
    expect(chain.utxos(keyLock(51).script)).toHaveLength(1);
    expect(chain.outspend(own.txid, own.vout)?.block?.height).toBe(122);
  });
  it('restore every output that the lost blocks spent', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const before = chain.utxos(keyLock(1).script);
    chain.mine(1, {
      include: [build({ inputs: [{ coin: own }], outputs: [{ value: 99_000n, script: to }] })],
    });
    expect(chain.utxos(keyLock(1).script)).toHaveLength(0);
    const [spender] = [chain.outspend(own.txid, own.vout)?.txid ?? ''];
    chain.invalidate(1);
    expect(chain.evict(spender)).toBe(true);
    expect(chain.utxos(keyLock(1).script)).toEqual(before);
  });
  it('are told to listeners, as mining is', () => {
    const chain = still();
    const events: BlockEvent[] = [];
    const off = chain.onBlock((event) => events.push(event));
    const mined = chain.mine(2);
    const again = chain.reorg(1);
    off();
    chain.mine();
    expect(events.map(({ connected, disconnected }) => [connected, disconnected])).toEqual([
      [mined, []],
      [again, [mined[1]]],
    ]);
  });
});

describe('a chain in a folder', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'skiff-chain-'));
  const now = () => 1_700_000_000_000;

  it('is the same chain after a restart', () => {
    const dataDir = folder();
    const first = createChain({ now, dataDir });
    first.pay(to, 50_000n);
    first.mine(2);
    first.reorg(1);
    first.pay(to, 60_000n);
    const again = createChain({ now, dataDir });
    expect(again.tip()).toEqual(first.tip());
    expect(again.mempool().map(({ tx }) => tx.txid)).toEqual(first.mempool().map(({ tx }) => tx.txid));
    expect(again.utxos(to)).toEqual(first.utxos(to));
    expect(again.rawBlocks().map(toHex)).toEqual(first.rawBlocks().map(toHex));
    again.mine();
    expect(createChain({ now, dataDir }).tip()).toEqual(again.tip());
  });
  it('survives a line that a crash cut off', () => {
    const dataDir = folder();
    const first = createChain({ now, dataDir, premine: 3 });
    appendFileSync(join(dataDir, 'chain.jsonl'), '{"kind":"block","hea');
    const again = createChain({ now, dataDir });
    expect(again.tip()).toEqual(first.tip());
    again.mine();
    expect(createChain({ now, dataDir }).height()).toBe(4);
  });
  it('writes every block for the consensus check, also those of a lost branch', () => {
    const blockDump = join(folder(), 'blocks.jsonl');
    const chain = createChain({ now, blockDump, premine: 2 });
    chain.reorg(1);
    const lines = readFileSync(blockDump, 'utf8').trim().split('\n');
    const blocks = lines.map((line) => JSON.parse(line) as { chain: string; block: string });
    expect(blocks).toHaveLength(4);
    expect(new Set(blocks.map((one) => one.chain)).size).toBe(1);
    expect(blocks.at(-1)?.block).toBe(toHex(chain.rawBlocks().at(-1) as Uint8Array));
  });
  it('writes every accepted transaction with what it spends for the consensus check', () => {
    const txDump = join(folder(), 'transactions.jsonl');
    const chain = createChain({ now, txDump });
    const txid = chain.pay(to, 50_000n);
    const lines = readFileSync(txDump, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(chain.transactionsForKernel());
    expect(chain.transactionsForKernel()[0]?.tx).toBe(toHex(chain.tx(txid)?.tx.raw as Uint8Array));
  });
});
